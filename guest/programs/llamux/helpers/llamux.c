// SPDX-License-Identifier: GPL-2.0-only
/*
 * llamux - talk to the language model of the kernel
 */
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libllamux.h"

#define EXIT_USAGE	2
#define TEXT_MAX	16384

static const char help[] =
	"Usage: llamux COMMAND\n"
	"       llamux TEXT...\n"
	"Talk to the language model of the kernel.\n"
	"\n"
	"  TEXT...                 ask this; with a standard input that is no terminal,\n"
	"                          what is read there is put behind it\n"
	"  chat                    ask line by line, and remember what was said\n"
	"  status                  show whether there is a model, and which\n"
	"  stats                   show what has been answered\n"
	"  bench                   show how fast it answers\n"
	"  model list              show the models that are loaded\n"
	"  model load NAME FILE    load a model from a GGUF file\n"
	"  model use NAME          talk to this one from now on\n"
	"  model unload NAME       forget it\n"
	"  -h, --help              show this and exit\n"
	"\n"
	"load, use and unload are for root.  An answer is a text and nothing else:\n"
	"nothing is done because of it.\n";

static int fail(const char *what)
{
	const char *why = strerror(errno);

	if (errno == ENOENT)
		why = "this kernel has no Llamux";
	else if (errno == ENODEV)
		why = "no model is loaded";
	else if (errno == EAGAIN)
		why = "you have too many conversations";
	fprintf(stderr, "llamux: %s: %s\n", what, why);
	return EXIT_FAILURE;
}

static int usage(const char *what)
{
	fprintf(stderr, "llamux: %s\nTry 'llamux --help'.\n", what);
	return EXIT_USAGE;
}

/* What a terminal would take for more than text is shown as a question mark. */
static void print(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = text[i];

		putchar((c < ' ' && c != '\n' && c != '\t') || c == 0x7f ? '?' :
			c);
	}
	fflush(stdout);
}

/* One of the files in /proc/llamux, as it is. */
static int show(const char *name)
{
	char path[64], buf[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), LLAMUX_PROC "%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		print(buf, n);
	close(fd);
	return n < 0 ? fail(path) : EXIT_SUCCESS;
}

/* The answer, as it comes. */
static int print_answer(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		print(buf, n);
	print("\n", 1);
	return n < 0 ? fail("no answer") : EXIT_SUCCESS;
}

static int put_question(const char *text)
{
	int fd = llamux_query_async(text), ret;

	if (fd < 0)
		return fail("cannot ask");
	ret = print_answer(fd);
	close(fd);
	return ret;
}

/* The words, and what is to be read behind them. */
static int ask_words(char **words)
{
	static char text[TEXT_MAX];
	size_t len = 0, n;

	for (; *words; words++) {
		n = strlen(*words);
		if (len + n + 1 >= sizeof(text))
			return usage("the text is too long");
		if (len)
			text[len++] = ' ';
		memcpy(text + len, *words, n);
		len += n;
	}
	if (!isatty(STDIN_FILENO)) {
		if (len)
			text[len++] = '\n';
		len += fread(text + len, 1, sizeof(text) - 1 - len, stdin);
		if (!feof(stdin))
			return usage("the text is too long");
		while (len && text[len - 1] == '\n')
			len--;
	}
	text[len] = '\0';
	return len ? put_question(text) : usage("there is nothing to ask");
}

static int chat(void)
{
	int fd = -1, ret = EXIT_SUCCESS;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	for (;;) {
		if (isatty(STDIN_FILENO))
			print("> ", 2);
		len = getline(&line, &size, stdin);
		if (len <= 0)
			break;
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if (!len)
			continue;
		if (fd < 0)
			fd = llamux_query_async(line);
		else if (write(fd, line, len) != len)
			break;
		if (fd < 0 || print_answer(fd)) {
			ret = fd < 0 ? fail("cannot ask") : EXIT_FAILURE;
			break;
		}
	}
	free(line);
	if (fd >= 0)
		close(fd);
	return ret;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int bench(void)
{
	const char text[] =
		"show me how much of the memory of this machine is free right now";
	struct llamux_response first, all;
	double begin = seconds(), one, rest;

	if (llamux_control(text, 1, 0, &first))
		return fail("cannot ask");
	one = seconds() - begin;
	begin = seconds();
	if (llamux_control(text, 32, 0, &all))
		return fail("cannot ask");
	rest = seconds() - begin;

	printf("first token: %.1f ms, of %u tokens that were asked\n",
	       one * 1000, first.prompt_tokens);
	if (all.answer_tokens > 1 && rest > one)
		printf("then: %.1f tokens a second\n",
		       (all.answer_tokens - 1) / (rest - one));
	return EXIT_SUCCESS;
}

static int do_models(int argc, char **argv)
{
	char why[128] = "";

	if (argc == 1 && !strcmp(argv[0], "list"))
		return show("models");
	if (argc == 3 && !strcmp(argv[0], "load")) {
		if (!llamux_load_model(argv[2], argv[1], why, sizeof(why)))
			return EXIT_SUCCESS;
		if (!why[0])
			return fail(argv[2]);
		fprintf(stderr, "llamux: %s: %s\n", argv[2], why);
		return EXIT_FAILURE;
	}
	if (argc == 2 && !strcmp(argv[0], "use") && !llamux_set_model(argv[1]))
		return EXIT_SUCCESS;
	if (argc == 2 && !strcmp(argv[0], "unload") &&
	    !llamux_unload_model(argv[1]))
		return EXIT_SUCCESS;
	if (argc == 2 && (!strcmp(argv[0], "use") ||
			  !strcmp(argv[0], "unload"))) {
		fprintf(stderr, "llamux: %s: %s\n", argv[1],
			errno == ENOENT ? "no model of this name is loaded" :
					  strerror(errno));
		return EXIT_FAILURE;
	}
	return usage("model: list, load NAME FILE, use NAME, or unload NAME");
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage("there is nothing to do");
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return EXIT_SUCCESS;
	}
	if (argv[1][0] == '-')
		return usage("there is no such option");
	if (!strcmp(argv[1], "model"))
		return do_models(argc - 2, argv + 2);
	if (argc > 2)
		return ask_words(argv + 1);
	if (!strcmp(argv[1], "status") || !strcmp(argv[1], "stats"))
		return show(argv[1]);
	if (!strcmp(argv[1], "chat"))
		return chat();
	if (!strcmp(argv[1], "bench"))
		return bench();
	return ask_words(argv + 1);
}
