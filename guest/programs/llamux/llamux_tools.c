// SPDX-License-Identifier: GPL-2.0-only
/* kbt: config=CONFIG_LLAMUX timeout=120 */
/*
 * The program of tools/llamux, found in helpers/ beside this one, and the library
 * that it is made with.
 */
#include "llamux.h"
#include "libllamux.h"
#include "llamux_model.h"
#include "kselftest_harness.h"

#include <libgen.h>

#define MODEL	"/tmp/llamux_tools.gguf"

static char text[65536];

/* After so many the program that runs is ended; 0 for never. */
static unsigned int alarm_seconds;

/* Runs it with this for its input; its status, and all it says in text[]. */
static int run(const char *input, char *const argv[])
{
	char self[4096], path[4200];
	int in[2], out[2];
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0 || pipe(in) || pipe(out))
		return -1;
	self[n] = '\0';
	snprintf(path, sizeof(path), "%s/helpers/llamux", dirname(self));
	if (write(in[1], input, strlen(input)) < 0)
		return -1;
	close(in[1]);

	pid = fork();
	if (!pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		close(out[0]);
		alarm(alarm_seconds);
		execv(path, argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	while ((n = read(out[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	close(out[0]);
	return llamux_reap(pid);
}

#define RUN(input, ...) run(input, (char *[]){ "llamux", __VA_ARGS__, NULL })

FIXTURE(tools)
{
};

FIXTURE_SETUP(tools)
{
	struct model_shape shape = model_small;

	/* So that answers of some length end. */
	shape.context = 96;
	ASSERT_EQ(0, model_write(&shape, MODEL));
}

FIXTURE_TEARDOWN_PARENT(tools)
{
	llamux_unload_model("small");
	llamux_unload_model("other");
	unlink(MODEL);
}

TEST_F(tools, usage)
{
	EXPECT_EQ(0, RUN("", "--help"));
	EXPECT_NE(NULL, strstr(text, "Usage: llamux COMMAND"));
	EXPECT_EQ(2, RUN("", "--frob"));
	EXPECT_EQ(2, RUN("", NULL));
	EXPECT_EQ(2, RUN("", "model"));
	EXPECT_EQ(2, RUN("", "model", "frob"));
	EXPECT_EQ(2, RUN("", "model", "load", "small"));
	EXPECT_EQ(2, RUN("", ""));
}

TEST_F(tools, without_a_model)
{
	EXPECT_EQ(0, RUN("", "status"));
	EXPECT_NE(NULL, strstr(text, "model: none"));
	EXPECT_EQ(1, RUN("", "what", "now"));
	EXPECT_STREQ("llamux: cannot ask: no model is loaded\n", text);
	EXPECT_EQ(1, RUN("", "bench"));
	EXPECT_EQ(1, RUN("hello\n", "chat"));
	EXPECT_EQ(1, RUN("", "model", "use", "small"));
	EXPECT_STREQ("llamux: small: no model of this name is loaded\n", text);
}

TEST_F(tools, models)
{
	EXPECT_EQ(0, RUN("", "model", "load", "small", MODEL));
	EXPECT_STREQ("", text);
	EXPECT_EQ(0, RUN("", "model", "load", "other", MODEL));
	EXPECT_EQ(0, RUN("", "model", "list"));
	EXPECT_NE(NULL, strstr(text, "* small "));
	EXPECT_NE(NULL, strstr(text, "- other "));
	EXPECT_EQ(0, RUN("", "model", "use", "other"));
	EXPECT_EQ(0, RUN("", "status"));
	EXPECT_NE(NULL, strstr(text, "model: other"));
	EXPECT_EQ(0, RUN("", "model", "unload", "other"));
	EXPECT_EQ(1, RUN("", "model", "unload", "other"));

	EXPECT_EQ(1, RUN("", "model", "load", "bad", "/proc/version"));
	EXPECT_EQ(1, RUN("", "model", "load", "bad", "/tmp/not/there"));
	ASSERT_EQ(0, truncate(MODEL, 1000));
	EXPECT_EQ(1, RUN("", "model", "load", "bad", MODEL));
	EXPECT_NE(NULL, strstr(text, "the file ends too early, at byte "));
}

/* The one who reads has what the system call gives. */
TEST_F(tools, asks)
{
	char response[LLAMUX_RESPONSE_LEN];
	struct llamux_stats before, after;

	ASSERT_EQ(0, RUN("", "model", "load", "small", MODEL));
	ASSERT_EQ(0, llamux_get_stats(&before));
	ASSERT_LT(0, llamux_query("show the disk", response, sizeof(response)));
	ASSERT_EQ(0, llamux_get_stats(&after));
	EXPECT_EQ(before.answers + 1, after.answers);
	EXPECT_LT(before.prompt_tokens, after.prompt_tokens);

	EXPECT_EQ(1, llamux_query("show the disk", response, 2));
	EXPECT_ERR(EINVAL, llamux_query("show the disk", response, 0));
	EXPECT_ERR(EOPNOTSUPP, llamux_fine_tune("/tmp"));
	EXPECT_ERR(ENOENT, llamux_set_model("nobody"));
	EXPECT_EQ(0, llamux_set_model("small"));
}

TEST_F(tools, benchmark)
{
	ASSERT_EQ(0, RUN("", "model", "load", "small", MODEL));
	EXPECT_EQ(0, RUN("", "bench"));
	EXPECT_NE(NULL, strstr(text, "first token: "));
}

/* Bytes that a terminal takes for more than text. */
static int controls(const char *bytes)
{
	int n = 0;

	for (; *bytes; bytes++)
		n += (*bytes > 0 && *bytes < ' ' && *bytes != '\n' &&
		      *bytes != '\t') || *bytes == 0x7f;
	return n;
}

/* No byte of an answer moves the cursor of who reads it. */
TEST_F(tools, shows_text)
{
	static const char *const prompts[] = {
		"show", "free", "disk", "memory", "the", "me", "of", "what",
	};
	char raw[LLAMUX_RESPONSE_LEN] = "";
	int status;
	size_t i;

	ASSERT_EQ(0, RUN("", "model", "load", "small", MODEL));
	for (i = 0; i < ARRAY_SIZE(prompts) && !controls(raw); i++)
		ASSERT_LT(0, llamux_query(prompts[i], raw, sizeof(raw)));
	ASSERT_LT(0, controls(raw));

	/* Its answer may have no end: then a second of it will do. */
	alarm_seconds = 1;
	status = RUN("", (char *)prompts[i - 1]);
	alarm_seconds = 0;
	EXPECT_TRUE(status == 0 || status == 128 + SIGALRM);
	EXPECT_NE(NULL, strchr(text, '?'));
	EXPECT_EQ(0, controls(text));
}

TEST_HARNESS_MAIN
