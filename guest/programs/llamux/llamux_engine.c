// SPDX-License-Identifier: GPL-2.0-only
/* kbt: config=CONFIG_LLAMUX timeout=120 */
/*
 * A model that is loaded answers: the same each time, within the limits that
 * are given, and until it is told to stop.
 */
#include "llamux.h"
#include "libllamux.h"
#include "llamux_model.h"
#include "kselftest_harness.h"

#define MODEL	"/tmp/llamux_engine.gguf"

FIXTURE(engine)
{
	struct llamux_command command;
	struct llamux_response response;
};

FIXTURE_SETUP(engine)
{
	char why[128];

	/* What a test left that did not come to its end. */
	llamux_unload_model("small");
	llamux_unload_model("other");
	ASSERT_EQ(0, model_write(&model_small, MODEL));
	ASSERT_EQ(0, llamux_load_model(MODEL, "small", why, sizeof(why))) {
		TH_LOG("%s: %s", strerror(errno), why);
	}
	self->command = llamux_request("show me the free memory");
	self->command.max_tokens = 16;
	memset(&self->response, 'x', sizeof(self->response));
}

FIXTURE_TEARDOWN_PARENT(engine)
{
	llamux_unload_model("small");
	llamux_unload_model("other");
	unlink(MODEL);
}

TEST_F(engine, answers)
{
	struct llamux_response *response = &self->response, again;
	size_t i;

	ASSERT_EQ(0, llamux_ask(&self->command, response));
	EXPECT_EQ(strlen(response->text), response->length);
	for (i = response->length; i < sizeof(response->text); i++)
		ASSERT_EQ(0, response->text[i]);
	EXPECT_GE(16, response->answer_tokens);
	EXPECT_LT(0, response->answer_tokens);
	EXPECT_LT(5, response->prompt_tokens);
	EXPECT_GE(LLAMUX_CONFIDENCE_MAX, response->confidence);
	EXPECT_LT(0, response->duration);
	EXPECT_EQ(0, response->reserved);
	EXPECT_EQ(response->confidence < LLAMUX_CONFIDENCE_SURE,
		  !!(response->flags & LLAMUX_RESPONSE_UNSURE));

	ASSERT_EQ(0, llamux_ask(&self->command, &again));
	again.duration = response->duration;
	EXPECT_EQ(0, memcmp(&again, response, sizeof(again)));
}

TEST_F(engine, other_questions_have_other_answers)
{
	struct llamux_response other;

	ASSERT_EQ(0, llamux_ask(&self->command, &self->response));
	self->command = llamux_request("of the disk");
	self->command.max_tokens = 16;
	ASSERT_EQ(0, llamux_ask(&self->command, &other));
	EXPECT_NE(0, strcmp(self->response.text, other.text));
}

TEST_F(engine, any_bytes)
{
	int i;

	for (i = 0; i < 255; i++)
		self->command.text[i] = i + 1;
	self->command.text[255] = '\0';
	ASSERT_EQ(0, llamux_ask(&self->command, &self->response));
	EXPECT_LT(255, self->response.prompt_tokens);
}

TEST_F(engine, max_tokens)
{
	uint32_t n;

	for (n = 1; n <= 4; n++) {
		self->command.max_tokens = n;
		ASSERT_EQ(0, llamux_ask(&self->command, &self->response));
		EXPECT_EQ(n, self->response.answer_tokens);
		EXPECT_TRUE(self->response.flags & LLAMUX_RESPONSE_CUT);
	}
}

/* Without a limit the room for the answer is one. */
TEST_F(engine, room)
{
	self->command.max_tokens = 0;
	ASSERT_EQ(0, llamux_ask(&self->command, &self->response));
	EXPECT_GE(LLAMUX_RESPONSE_LEN - 1, self->response.length);
	if (!(self->response.flags & LLAMUX_RESPONSE_CUT))
		SKIP(return, "the model ended its answer");
	EXPECT_LT(LLAMUX_RESPONSE_LEN - 32, self->response.length);
}

TEST_F(engine, larger_response)
{
	struct {
		struct llamux_response response;
		char later[128];
	} large;
	size_t i;

	memset(&large, 'x', sizeof(large));
	ASSERT_EQ(0, ai_control(&self->command, sizeof(self->command),
				&large.response, sizeof(large), 0));
	for (i = 0; i < sizeof(large.later); i++)
		ASSERT_EQ(0, large.later[i]);
}

TEST_F(engine, response_not_writable)
{
	EXPECT_ERR(EFAULT, llamux_ask(&self->command, NULL));
	EXPECT_ERR(EFAULT,
		   llamux_ask(&self->command,
			      llamux_at_the_edge(NULL, sizeof(self->response),
						 1)));
}

TEST_F(engine, anyone_may_ask)
{
	ASSERT_EQ(0, llamux_be(65534));
	EXPECT_EQ(0, llamux_ask(&self->command, &self->response));
}

TEST_F(engine, deadline)
{
	self->command.deadline = 1;
	EXPECT_ERR(ETIMEDOUT, llamux_ask(&self->command, &self->response));

	self->command.max_tokens = 0;
	self->command.deadline = llamux_now() + 20000000;
	EXPECT_ERR(ETIMEDOUT, llamux_ask(&self->command, &self->response));
	EXPECT_LE(self->command.deadline, llamux_now());

	self->command.max_tokens = 1;
	self->command.deadline = llamux_now() + 60000000000ull;
	EXPECT_EQ(0, llamux_ask(&self->command, &self->response));
}

static void on_alarm(int signal)
{
}

static void interrupt(int flags)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };
	struct itimerspec when = { .it_value.tv_nsec = 20000000 };
	timer_t timer;

	if (sigaction(SIGALRM, &action, NULL) ||
	    timer_create(CLOCK_MONOTONIC, NULL, &timer) ||
	    timer_settime(timer, 0, &when, NULL))
		abort();
}

/* It is not asked anew: with signals that come often it would never end. */
TEST_F(engine, signal)
{
	self->command.max_tokens = 0;
	interrupt(0);
	EXPECT_ERR(EINTR, llamux_ask(&self->command, &self->response));
	interrupt(SA_RESTART);
	EXPECT_ERR(EINTR, llamux_ask(&self->command, &self->response));
}

/* As many tokens as bytes, and more: what a byte is may be three tokens. */
TEST_F_TIMEOUT(engine, hostile_texts, 100)
{
	static const char *const parts[] = {
		"\xc0 ", " ", "\xf0", "\xff", "\xe2\x96", "\xe2 ", "</s>",
	};
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		self->command = llamux_request("");
		self->command.max_tokens = 1;
		for (len = 0; len < 128; len += strlen(parts[i]))
			memcpy(self->command.text + len, parts[i],
			       strlen(parts[i]));
		EXPECT_EQ(0, llamux_ask(&self->command, &self->response));
	}
}

/* Each of many has the same answer, however many there are. */
TEST_F(engine, many_at_once)
{
	struct llamux_response response;
	pid_t pids[8];
	int i;

	ASSERT_EQ(0, llamux_ask(&self->command, &self->response));
	for (i = 0; i < 8; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			_exit(llamux_ask(&self->command, &response) ||
			      strcmp(response.text, self->response.text));
	}
	for (i = 0; i < 8; i++)
		EXPECT_EQ(0, llamux_reap(pids[i]));
}

/* Those of one user who ask at a time. */
TEST_F(engine, limit)
{
	struct llamux_response response;
	pid_t pids[3];
	int i, refused = 0;
	char limit[32];

	snprintf(limit, sizeof(limit), "%ld", llamux_read_number(LLAMUX_LIMIT));
	ASSERT_EQ(0, llamux_write_file(LLAMUX_LIMIT, "2"));
	self->command.max_tokens = 0;
	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (pids[i])
			continue;
		if (llamux_be(1001))
			_exit(2);
		_exit(llamux_ask(&self->command, &response) ?
		      errno == EAGAIN ? 3 : 4 : 0);
	}
	for (i = 0; i < 3; i++) {
		int status = llamux_reap(pids[i]);

		EXPECT_TRUE(status == 0 || status == 3);
		refused += status == 3;
	}
	EXPECT_EQ(1, refused);
	ASSERT_EQ(0, llamux_write_file(LLAMUX_LIMIT, limit));
}

/* Those who are asking have their answer, those who come later do not. */
TEST_F(engine, unload_in_use)
{
	struct llamux_response response;
	pid_t pid;

	self->command.max_tokens = 0;
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(llamux_ask(&self->command, &response) &&
		      errno != ENODEV);
	usleep(10000);
	ASSERT_EQ(0, llamux_unload_model("small"));
	EXPECT_ERR(ENODEV, llamux_ask(&self->command, &self->response));
	EXPECT_EQ(0, llamux_reap(pid));
}

TEST_F(engine, two_models)
{
	struct model_shape shape = model_small;
	struct llamux_response other;

	shape.seed = 2;
	ASSERT_EQ(0, model_write(&shape, MODEL));
	ASSERT_EQ(0, llamux_load_model(MODEL, "other", NULL, 0));
	ASSERT_EQ(0, llamux_ask(&self->command, &self->response));
	ASSERT_EQ(0, llamux_models_do("use other", NULL, 0));
	ASSERT_EQ(0, llamux_ask(&self->command, &other));
	EXPECT_NE(0, strcmp(self->response.text, other.text));
	ASSERT_EQ(0, llamux_unload_model("other"));
	ASSERT_EQ(0, llamux_ask(&self->command, &other));
	EXPECT_STREQ(self->response.text, other.text);
}

TEST_HARNESS_MAIN
