// SPDX-License-Identifier: GPL-2.0-only
/*
 * Updates of the state: by the descriptor of the registration, and by no other.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <sys/eventfd.h>

#define PROC	"/proc/synos/consciousness"

FIXTURE(update) {
	struct synos_consciousness_state state;
	int fd;
};

FIXTURE_SETUP(update)
{
	self->state = synos_state(10, 20, "start");
	self->fd = synos_register_consciousness(&self->state,
						sizeof(self->state), 0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(update)
{
	close(self->fd);
}

/* What is said must still be what FIXTURE_SETUP() said. */
static void expect_unchanged(struct __test_metadata *_metadata)
{
	char text[1024];

	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "Awareness Level: 10\n")) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "Threat Level: 20\n")) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, "Context: start\n")) TH_LOG("%s", text);
}

static uint64_t last_update(void)
{
	unsigned long long ns;
	char text[1024], *at;

	if (synos_read_file(PROC, text, sizeof(text)) < 0)
		return 0;
	at = strstr(text, "\nLast Update: ");
	if (!at || sscanf(at, "\nLast Update: %llu ns\n", &ns) != 1)
		return 0;
	return ns;
}

TEST_F(update, success)
{
	struct synos_consciousness_state state = synos_state(75, 100, "testing");
	uint64_t before, after, stamp;
	char text[1024];

	before = synos_now();
	ASSERT_EQ(0, synos_update_state(self->fd, &state, sizeof(state), 0));
	after = synos_now();

	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_EQ(&text[0], strstr(text, "Awareness Level: 75\n"
				     "Threat Level: 100\n"
				     "Learning State: 0x1\n"
				     "Context: testing\n"
				     "Last Update: ")) TH_LOG("%s", text);
	stamp = last_update();
	EXPECT_LE(before, stamp);
	EXPECT_GE(after, stamp);
}

TEST_F(update, no_capability_needed)
{
	struct synos_consciousness_state state = synos_state(1, 2, "dropped");

	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_EQ(0, synos_update_state(self->fd, &state, sizeof(state), 0));
	/* That it was granted once does not make it a capability. */
	EXPECT_ERR(EPERM, synos_register());
}

TEST_F(update, wrong_descriptor)
{
	struct synos_consciousness_state state = synos_state(1, 2, "forged");
	const size_t size = sizeof(state);
	int fd, fds[2];

	EXPECT_ERR(EBADF, synos_update_state(-1, &state, size, 0));
	EXPECT_ERR(EBADF, synos_update_state(1000, &state, size, 0));
	fd = open("/proc/self/exe", O_PATH);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EBADF, synos_update_state(fd, &state, size, 0));
	close(fd);

	fd = open("/dev/null", O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EINVAL, synos_update_state(fd, &state, size, 0));
	close(fd);
	ASSERT_EQ(0, pipe(fds));
	EXPECT_ERR(EINVAL, synos_update_state(fds[1], &state, size, 0));
	/* An anonymous inode, but not of ours. */
	fd = eventfd(0, 0);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EINVAL, synos_update_state(fd, &state, size, 0));
	close(fd);
	fd = open(PROC, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EINVAL, synos_update_state(fd, &state, size, 0));
	close(fd);

	expect_unchanged(_metadata);
}

/* There is no second way to the file behind the descriptor. */
TEST_F(update, not_by_proc_fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	EXPECT_ERR(ENXIO, open(path, O_RDWR));
}

TEST_F(update, closed)
{
	int fd = self->fd;
	struct synos_consciousness_state state = synos_state(1, 2, "late");
	char text[1024], expected[256];

	ASSERT_EQ(0, close(fd));
	EXPECT_ERR(EBADF, synos_update_state(fd, &state, sizeof(state), 0));

	/* And nothing is left of what was said. */
	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	snprintf(expected, sizeof(expected), "Awareness Level: 0\n"
		 "Threat Level: 0\nLearning State: 0x0\nContext: %s\n"
		 "Last Update: 0 ns\nDaemon: none\n", "");
	EXPECT_STREQ(expected, text);
}

TEST_F(update, einval)
{
	const size_t less = SYNOS_CONSCIOUSNESS_STATE_SIZE_VER0 - 1;
	struct synos_consciousness_state state;
	const size_t size = sizeof(state);

	state = self->state;
	EXPECT_ERR(EINVAL, synos_update_state(self->fd, &state, size, 1));
	EXPECT_ERR(EINVAL, synos_update_state(self->fd, &state, 0, 0));
	EXPECT_ERR(EINVAL, synos_update_state(self->fd, &state, less, 0));
	state.awareness_level = 101;
	EXPECT_ERR(EINVAL, synos_update_state(self->fd, &state, size, 0));
	state = self->state;
	state.threat_level = -1ULL;
	EXPECT_ERR(EINVAL, synos_update_state(self->fd, &state, size, 0));
	state = self->state;
	state.learning_state = 1 << 3;
	EXPECT_ERR(EINVAL, synos_update_state(self->fd, &state, size, 0));
	state = self->state;
	state.last_update = synos_now();
	EXPECT_ERR(EINVAL, synos_update_state(self->fd, &state, size, 0));
	state = self->state;
	memset(state.current_context, 'x', sizeof(state.current_context));
	EXPECT_ERR(EINVAL, synos_update_state(self->fd, &state, size, 0));

	expect_unchanged(_metadata);
}

/* With the last @behind bytes of the state out of reach. */
static int update_edge(int fd, const struct synos_consciousness_state *state,
		       size_t size, size_t behind)
{
	return synos_update_state(fd, synos_at_the_edge(state, size, behind),
				  size, 0);
}

TEST_F(update, efault)
{
	const struct synos_consciousness_state state = synos_state(1, 2, "no");
	const size_t size = sizeof(state);

	EXPECT_ERR(EFAULT, synos_update_state(self->fd, NULL, size, 0));
	EXPECT_ERR(EFAULT, update_edge(self->fd, &state, size, size));
	EXPECT_ERR(EFAULT, update_edge(self->fd, &state, size, size / 2));
	EXPECT_ERR(EFAULT, update_edge(self->fd, &state, size, 1));
	/* What is behind the fields known has to be readable, too. */
	EXPECT_ERR(EFAULT, update_edge(self->fd, &state, size + 8, 8));

	expect_unchanged(_metadata);
}

TEST_F(update, larger_struct)
{
	struct {
		struct synos_consciousness_state state;
		char tail[8192];
	} big = { .state = synos_state(11, 22, "larger") };
	const size_t size = sizeof(big.state);
	char text[1024];

	EXPECT_EQ(0, synos_update_state(self->fd, &big.state, 4096, 0));
	big.state = synos_state(33, 44, "too large");
	EXPECT_ERR(E2BIG, synos_update_state(self->fd, &big.state, 4097, 0));
	big.tail[0] = 1;
	EXPECT_ERR(E2BIG, synos_update_state(self->fd, &big.state, size + 1, 0));

	ASSERT_LT(0, synos_read_file(PROC, text, sizeof(text)));
	EXPECT_EQ(&text[0], strstr(text, "Awareness Level: 11\n"
				     "Threat Level: 22\n"
				     "Learning State: 0x1\n"
				     "Context: larger\n")) TH_LOG("%s", text);
}

TEST_F(update, time_only_grows)
{
	uint64_t last = last_update();
	int i;

	ASSERT_NE(0, last);
	for (i = 0; i < 50; i++) {
		uint64_t stamp;

		ASSERT_EQ(0, synos_update_state(self->fd, &self->state,
						sizeof(self->state), 0));
		stamp = last_update();
		ASSERT_LE(last, stamp);
		last = stamp;
	}
}

TEST_HARNESS_MAIN
