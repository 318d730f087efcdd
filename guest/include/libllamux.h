/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libllamux - ask the language model of the kernel
 *
 * All of the library is in this header: there is nothing to link with.  Functions
 * return 0 or a number of bytes, or -1 with errno set, as system calls do; see
 * Documentation/userspace-api/llamux.rst for the errors.
 */
#ifndef LIBLLAMUX_H
#define LIBLLAMUX_H

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/llamux.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define LLAMUX_PROC		"/proc/llamux/"
/* Bytes of a command with the name of a model in it, and some more. */
#define LLAMUX_COMMAND_MAX	128

/* What the engine has counted since it is there. */
struct llamux_stats {
	uint64_t answers;
	uint64_t unsure;
	uint64_t cut;
	uint64_t prompt_tokens;
	uint64_t answer_tokens;
};

/* ai_control() for a text that ends with a NUL. */
static inline int llamux_control(const char *text, uint32_t max_tokens,
				 uint64_t deadline,
				 struct llamux_response *response)
{
	struct llamux_command command;
	size_t len = strlen(text);

	memset(&command, 0, sizeof(command));
	if (len >= sizeof(command.text)) {
		errno = E2BIG;
		return -1;
	}
	memcpy(command.text, text, len);
	command.max_tokens = max_tokens;
	command.deadline = deadline;
	return syscall(__NR_ai_control, &command, sizeof(command), response,
		       sizeof(*response), 0);
}

/**
 * llamux_query - ask, and wait for the answer
 * @prompt: the question, below LLAMUX_COMMAND_LEN bytes.
 * @response: room for the answer, which is cut if it does not fit.
 * @max_len: bytes of @response, not 0.
 *
 * Returns the bytes of the answer, which is NUL terminated.
 */
static inline ssize_t llamux_query(const char *prompt, char *response,
				   size_t max_len)
{
	struct llamux_response answer;
	size_t len;

	if (!max_len) {
		errno = EINVAL;
		return -1;
	}
	if (llamux_control(prompt, 0, 0, &answer))
		return -1;
	len = answer.length < max_len ? answer.length : max_len - 1;
	memcpy(response, answer.text, len);
	response[len] = '\0';
	return len;
}

/**
 * llamux_query_async - ask, and have the answer in pieces
 * @prompt: the question.
 *
 * Returns a descriptor.  poll() says POLLIN for as long as there is more of the
 * answer; each read() computes the next piece and gives 0 at the end.  What is
 * written to it is the next question of the same conversation.
 */
static inline int llamux_query_async(const char *prompt)
{
	size_t len = strlen(prompt);
	ssize_t n;
	int fd, err;

	fd = open(LLAMUX_PROC "prompt", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, prompt, len);
	if (n == (ssize_t)len)
		return fd;
	err = n < 0 ? errno : EIO;
	close(fd);
	errno = err;
	return -1;
}

/*
 * Has the engine do something with models.  If it refuses, @why, unless it is
 * NULL, is told the reason, of @size bytes.
 */
static inline int llamux_models_do(const char *command, char *why, size_t size)
{
	int fd = open(LLAMUX_PROC "control", O_RDWR | O_CLOEXEC), err;
	ssize_t n, len = 0;

	if (fd < 0)
		return -1;
	n = write(fd, command, strlen(command));
	err = errno;
	if (why && size) {
		len = read(fd, why, size - 1);
		why[len > 0 ? len : 0] = '\0';
		why[strcspn(why, "\n")] = '\0';
	}
	close(fd);
	errno = err;
	return n == (ssize_t)strlen(command) ? 0 : -1;
}

/* The same, of a verb and the name of a model. */
static inline int llamux_model_do(const char *verb, const char *name, char *why,
				  size_t size)
{
	char command[LLAMUX_COMMAND_MAX];
	int n;

	n = snprintf(command, sizeof(command), "%s %s", verb, name);
	if (n >= (int)sizeof(command)) {
		errno = EINVAL;
		return -1;
	}
	return llamux_models_do(command, why, size);
}

/**
 * llamux_set_model - talk to another model from now on
 * @name: of one that is loaded.
 *
 * It takes CAP_SYS_ADMIN, as it is so for everybody.
 */
static inline int llamux_set_model(const char *name)
{
	return llamux_model_do("use", name, NULL, 0);
}

/* Loads the file as a model of this name; CAP_SYS_ADMIN, likewise. */
static inline int llamux_load_model(const char *path, const char *name,
				    char *why, size_t size)
{
	int fd, ret, err;
	char verb[32];

	if (why && size)
		why[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	snprintf(verb, sizeof(verb), "load %d", fd);
	ret = llamux_model_do(verb, name, why, size);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

static inline int llamux_unload_model(const char *name)
{
	return llamux_model_do("unload", name, NULL, 0);
}

/**
 * llamux_fine_tune - not in the kernel
 * @dataset_path: not looked at.
 *
 * A kernel is no place to change weights in.  A model is trained elsewhere, and
 * loaded; this always fails with EOPNOTSUPP.
 */
static inline int llamux_fine_tune(const char *dataset_path)
{
	(void)dataset_path;
	errno = EOPNOTSUPP;
	return -1;
}

/**
 * llamux_get_stats - what the engine has counted
 * @stats: where it goes; what this kernel does not count is 0.
 */
static inline int llamux_get_stats(struct llamux_stats *stats)
{
	FILE *file = fopen(LLAMUX_PROC "stats", "re");
	unsigned long long value;
	char name[32];

	if (!file)
		return -1;
	memset(stats, 0, sizeof(*stats));
	while (fscanf(file, "%31[^:]: %llu ", name, &value) == 2) {
		if (!strcmp(name, "answers"))
			stats->answers = value;
		else if (!strcmp(name, "unsure"))
			stats->unsure = value;
		else if (!strcmp(name, "cut"))
			stats->cut = value;
		else if (!strcmp(name, "prompt_tokens"))
			stats->prompt_tokens = value;
		else if (!strcmp(name, "answer_tokens"))
			stats->answer_tokens = value;
	}
	fclose(file);
	return 0;
}

#endif /* LIBLLAMUX_H */
