// SPDX-License-Identifier: GPL-2.0-only
/* kbt: config=CONFIG_LLAMUX timeout=120 */
/*
 * Which files are taken for a model and from whom, and that what is refused is
 * refused with its reason and leaves nothing.
 */
#include "llamux.h"
#include "libllamux.h"
#include "llamux_model.h"
#include "kselftest_harness.h"

/* A shape is the small one, and what is said of it after that. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define MODEL	"/tmp/llamux_load.gguf"
#define LIMIT	"/sys/module/llamux/parameters/memory_limit_mb"

/* A line of /proc/llamux/status. */
static long llamux_status(const char *name)
{
	FILE *file = fopen("/proc/llamux/status", "r");
	char line[128];
	long value = -1;

	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) &&
		    line[strlen(name)] == ':')
			value = strtol(line + strlen(name) + 1, NULL, 10);
	fclose(file);
	return value;
}

FIXTURE(load)
{
	char why[128];
};

FIXTURE_SETUP(load)
{
	llamux_unload_model("small");
	ASSERT_EQ(0, llamux_status("models"));
	ASSERT_EQ(0, llamux_status("model_bytes"));
}

FIXTURE_TEARDOWN_PARENT(load)
{
	llamux_unload_model("small");
	unlink(MODEL);
	EXPECT_EQ(0, llamux_status("models"));
	EXPECT_EQ(0, llamux_status("model_bytes"));
}

TEST_F(load, counted)
{
	size_t size;

	free(model_make(&model_small, &size));
	ASSERT_EQ(0, model_write(&model_small, MODEL));
	ASSERT_EQ(0, llamux_load_model(MODEL, "small", self->why, sizeof(self->why)));
	EXPECT_STREQ("", self->why);
	EXPECT_EQ(1, llamux_status("models"));
	EXPECT_EQ(size, llamux_status("model_bytes"));
	EXPECT_ERR(EEXIST, llamux_load_model(MODEL, "small", NULL, 0));
	EXPECT_EQ(size, llamux_status("model_bytes"));
}

struct bad {
	const char *why;
	int err;
	struct model_shape shape;
};

#define BAD(reason, ...) { .why = reason, .err = EINVAL, .shape = {	\
	.architecture = "llama", .context = 2048, .embd = 64, .ff = 96,	\
	.layers = 2, .heads = 4, .kv_heads = 2, __VA_ARGS__ } }

TEST_F(load, refused)
{
	static const struct bad all[] = {
		BAD("an architecture other than llama: gpt2",
		    .architecture = "gpt2"),
		BAD("a number is 0 or too large: llama.context_length",
		    .context = 0),
		BAD("a number is 0 or too large: llama.context_length",
		    .context = -1u),
		BAD("heads of an impossible size", .heads = 3,
		    .kv_heads = 1),
		BAD("heads of an impossible size", .kv_heads = 3),
		BAD("a number is 0 or too large: llama.attention.head_count_kv",
		    .kv_heads = 5),
		BAD("a tensor is missing: token_embd.weight", .without = 1),
		BAD("a tensor is missing: blk.0.attn_norm.weight",
		    .without = 2),
		BAD("a tensor is missing: blk.1.ffn_down.weight",
		    .without = 19),
		BAD("a tensor is missing: output_norm.weight",
		    .without = 20),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		ASSERT_EQ(0, model_write(&all[i].shape, MODEL));
		EXPECT_ERR(all[i].err,
			   llamux_load_model(MODEL, "small", self->why,
					     sizeof(self->why)));
		EXPECT_STREQ(all[i].why, self->why);
		EXPECT_EQ(0, llamux_status("model_bytes"));
	}
}

/* Wherever a file ends too early, it is none. */
TEST_F(load, cut)
{
	struct model_shape shape = model_small;
	size_t size;

	free(model_make(&model_small, &size));
	for (shape.cut = 1; shape.cut < size; shape.cut += 4093) {
		ASSERT_EQ(0, model_write(&shape, MODEL));
		EXPECT_ERR(EINVAL,
			   llamux_load_model(MODEL, "small", self->why,
					     sizeof(self->why)));
		EXPECT_NE('\0', self->why[0]);
	}
}

TEST_F(load, names)
{
	static const char *const bad[] = {
		"", "a b", "a/b", "..\n\n/", "\xc3\xa4",
		"a23456789012345678901234567890123",
	};
	size_t i;

	ASSERT_EQ(0, model_write(&model_small, MODEL));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, llamux_load_model(MODEL, bad[i], NULL, 0));
	EXPECT_ERR(ENOENT, llamux_unload_model("small"));
	EXPECT_ERR(ENOENT, llamux_models_do("use small", NULL, 0));
}

TEST_F(load, commands)
{
	static const char *const bad[] = {
		"", "load", "load 0", "load x small", "load -1", "use",
		"unload", "frob small", "loads 0 small",
	};
	char huge[200];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERR(EINVAL, llamux_models_do(bad[i], NULL, 0));
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	EXPECT_ERR(E2BIG, llamux_models_do(huge, NULL, 0));
}

TEST_F(load, descriptors)
{
	char command[64];
	int fds[2];

	EXPECT_ERR(EBADF, llamux_models_do("load 999 small", NULL, 0));
	EXPECT_ERR(EBADF, llamux_models_do("load -1 small", NULL, 0));
	EXPECT_ERR(EINVAL, llamux_load_model("/tmp", "small", NULL, 0));
	EXPECT_ERR(EINVAL, llamux_load_model("/dev/zero", "small", NULL, 0));

	ASSERT_EQ(0, pipe(fds));
	snprintf(command, sizeof(command), "load %d small", fds[0]);
	EXPECT_ERR(EINVAL, llamux_models_do(command, NULL, 0));

	/* Empty, and one that may only be written. */
	fds[0] = open(MODEL, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ASSERT_LE(0, fds[0]);
	EXPECT_ERR(EINVAL, llamux_load_model(MODEL, "small", NULL, 0));
	snprintf(command, sizeof(command), "load %d small", fds[0]);
	EXPECT_ERR(EBADF, llamux_models_do(command, NULL, 0));
}

TEST_F(load, memory_limit)
{
	struct model_shape shape = model_small;
	char limit[32];

	snprintf(limit, sizeof(limit), "%ld", llamux_read_number(LIMIT));
	/* Some 100 kB each of them, and more than 1 MiB. */
	shape.embd = 256;
	shape.ff = 1024;
	ASSERT_EQ(0, model_write(&shape, MODEL));
	ASSERT_EQ(0, llamux_write_file(LIMIT, "1"));
	EXPECT_ERR(ENOSPC, llamux_load_model(MODEL, "small", NULL, 0));
	ASSERT_EQ(0, llamux_write_file(LIMIT, limit));
	EXPECT_EQ(0, llamux_load_model(MODEL, "small", NULL, 0));
}

TEST_F(load, not_by_users)
{
	int fd;

	ASSERT_EQ(0, model_write(&model_small, MODEL));
	ASSERT_EQ(0, llamux_be(65534));
	EXPECT_ERR(EACCES, llamux_load_model(MODEL, "small", NULL, 0));
	fd = open(LLAMUX_PROC "control", O_RDONLY);
	EXPECT_EQ(-1, fd);
}

/* Root of a namespace is not who may. */
TEST_F(load, not_by_namespaces)
{
	int fd, n;

	fd = open(LLAMUX_PROC "control", O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unshare(CLONE_NEWUSER));
	EXPECT_ERR(EPERM, llamux_load_model("/proc/version", "small", NULL, 0));
	/* One that was opened before is as it was. */
	n = write(fd, "use small", 9);
	EXPECT_EQ(-1, n);
	EXPECT_EQ(ENOENT, errno);
}

TEST_HARNESS_MAIN
