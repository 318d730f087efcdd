// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may register as the daemon, with what, and how long it lasts.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <sys/resource.h>

/*
 * With this in the environment the program is the one that a test executed:
 * it says so, and then stays until nobody is at the other end any more.
 */
#define HOLD_ENV	"SYNOS_TEST_HOLD"

__attribute__((constructor)) static void hold(void)
{
	char byte = 'x';

	if (!getenv(HOLD_ENV))
		return;
	if (write(1, &byte, 1) != 1)
		_exit(1);
	while (read(0, &byte, 1) > 0)
		;
	_exit(0);
}

TEST(success)
{
	int fd;

	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(0, close(fd));
}

TEST(limits_of_the_values)
{
	struct synos_consciousness_state state = synos_state(0, 100, "");
	int fd;

	state.learning_state = SYNOS_LEARNING_ACTIVE | SYNOS_LEARNING_PASSIVE |
			       SYNOS_ANALYZING;
	memset(state.current_context, 'x', sizeof(state.current_context) - 1);
	fd = synos_register_consciousness(&state, sizeof(state), 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close(fd));
}

TEST(einval)
{
	const struct synos_consciousness_state good = synos_state(1, 2, "x");
	struct synos_consciousness_state state = good;
	const size_t size = sizeof(state);
	const size_t less = SYNOS_CONSCIOUSNESS_STATE_SIZE_VER0 - 1;

	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 1));
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 1u << 31));
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, 0, 0));
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, less, 0));

	state.awareness_level = 101;
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 0));
	state.awareness_level = 1ULL << 32;
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 0));
	state = good;
	state.threat_level = 101;
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 0));
	state = good;
	state.learning_state = 1 << 3;
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 0));
	state.learning_state = 1ULL << 63;
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 0));
	state = good;
	state.last_update = 1;
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 0));
	state = good;
	memset(state.current_context, 'x', sizeof(state.current_context));
	EXPECT_ERR(EINVAL, synos_register_consciousness(&state, size, 0));
}

/* With the last @behind bytes of the state out of reach. */
static int register_edge(const struct synos_consciousness_state *state,
			 size_t size, size_t behind)
{
	return synos_register_consciousness(synos_at_the_edge(state, size,
							      behind),
					    size, 0);
}

TEST(efault)
{
	const struct synos_consciousness_state good = synos_state(1, 2, "x");
	const size_t size = sizeof(good);
	int fd;

	EXPECT_ERR(EFAULT, synos_register_consciousness(NULL, size, 0));
	EXPECT_ERR(EFAULT, synos_register_consciousness((void *)-4096L, size, 0));
	EXPECT_ERR(EFAULT, register_edge(&good, size, size));
	EXPECT_ERR(EFAULT, register_edge(&good, size, size / 2));
	EXPECT_ERR(EFAULT, register_edge(&good, size, 1));
	/* What is behind the fields known has to be readable, too. */
	EXPECT_ERR(EFAULT, register_edge(&good, size + 8, 8));

	/* And none too many are read. */
	fd = register_edge(&good, size, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close(fd));
}

/* Registers with a larger structure, reads the state back, and lets go. */
static int register_and_look(struct synos_consciousness_state *state,
			     size_t size)
{
	char text[1024], expected[256];
	int fd, ret;

	fd = synos_register_consciousness(state, size, 0);
	if (fd < 0)
		return -1;
	snprintf(expected, sizeof(expected), "Awareness Level: %d\n"
		 "Threat Level: %d\nLearning State: 0x1\nContext: %s\n",
		 (int)state->awareness_level, (int)state->threat_level,
		 state->current_context);
	ret = synos_read_file("/proc/synos/consciousness", text,
			      sizeof(text)) < 0 ||
	      strncmp(text, expected, strlen(expected));
	return close(fd) || ret ? -1 : 0;
}

TEST(larger_struct)
{
	struct {
		struct synos_consciousness_state state;
		char tail[8192];
	} big = {};
	const size_t size = sizeof(big.state);

	big.state = synos_state(11, 12, "by eight");
	EXPECT_EQ(0, register_and_look(&big.state, size + 8));
	big.state = synos_state(21, 22, "a page");
	EXPECT_EQ(0, register_and_look(&big.state, 4096));

	EXPECT_ERR(E2BIG, synos_register_consciousness(&big.state, 4097, 0));
	EXPECT_ERR(E2BIG, synos_register_consciousness(&big.state, -1UL, 0));
	big.tail[7] = 1;
	EXPECT_ERR(E2BIG, synos_register_consciousness(&big.state, size + 8, 0));
	big.state = synos_state(31, 32, "by seven");
	EXPECT_EQ(0, register_and_look(&big.state, size + 7));
}

TEST(emfile)
{
	struct rlimit limit, none;
	int fd;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	fd = dup(0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, close(fd));
	none.rlim_cur = fd;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_ERR(EMFILE, synos_register());
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));

	/* Nothing is left of the attempt. */
	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close(fd));
}

TEST(eperm_nobody)
{
	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_ERR(EPERM, synos_register());
	/* Before anything is looked at. */
	EXPECT_ERR(EPERM, synos_register_consciousness(NULL, 0, 1));
}

TEST(eperm_without_the_capability)
{
	ASSERT_EQ(0, synos_caps(CAP_SYS_ADMIN, 0));
	EXPECT_ERR(EPERM, synos_register());
}

TEST(no_other_capability)
{
	int fd;

	ASSERT_EQ(0, synos_caps(CAP_SYS_ADMIN, 1));
	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close(fd));
}

TEST(eperm_in_user_namespace)
{
	ASSERT_EQ(0, synos_be_namespace_root());
	EXPECT_ERR(EPERM, synos_register());
}

TEST(second_daemon)
{
	int fd, second;

	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_ERR(EBUSY, synos_register());
	/* Failing did not unregister the first. */
	EXPECT_ERR(EBUSY, synos_register());

	EXPECT_EQ(0, close(fd));
	second = synos_register();
	ASSERT_LE(0, second);
	EXPECT_EQ(0, close(second));
}

TEST(no_descriptor_leaks_when_busy)
{
	int fd, before, after;

	fd = synos_register();
	ASSERT_LE(0, fd);
	before = dup(fd);
	ASSERT_EQ(0, close(before));
	EXPECT_ERR(EBUSY, synos_register());
	after = dup(fd);
	EXPECT_EQ(before, after);
	close(after);
	close(fd);
}

TEST(killed_daemon)
{
	int ready[2], fd;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (synos_register() < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_ERR(EBUSY, synos_register());

	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(128, synos_reap(pid));
	fd = synos_register();
	ASSERT_LE(0, fd);
	close(fd);
}

TEST(kept_by_dup)
{
	int fd, copy;

	fd = synos_register();
	ASSERT_LE(0, fd);
	copy = dup(fd);
	ASSERT_LE(0, copy);

	EXPECT_EQ(0, close(fd));
	EXPECT_ERR(EBUSY, synos_register());
	EXPECT_EQ(0, close(copy));
	fd = synos_register();
	ASSERT_LE(0, fd);
	close(fd);
}

TEST(kept_by_fork)
{
	struct synos_consciousness_state state = synos_state(3, 4, "child");
	int go[2], fd;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	fd = synos_register();
	ASSERT_LE(0, fd);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		_exit(synos_update_state(fd, &state, sizeof(state), 0) ? 2 : 0);
	}
	EXPECT_EQ(0, close(fd));
	EXPECT_ERR(EBUSY, synos_register());
	ASSERT_EQ(1, write(go[1], "x", 1));
	ASSERT_EQ(0, synos_reap(pid));

	fd = synos_register();
	ASSERT_LE(0, fd);
	close(fd);
}

/* The first process going away is not the end of it: no pid is compared. */
TEST(outlives_who_registered)
{
	struct synos_consciousness_state state = synos_state(3, 4, "heir");
	int fds[2], fd;
	pid_t pid;

	ASSERT_EQ(0, pipe(fds));
	/* CLONE_FILES: the descriptor shows up here, and the child is gone. */
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	ASSERT_LE(0, pid);
	if (!pid) {
		fd = synos_register();
		_exit(fd < 0 || write(fds[1], &fd, sizeof(fd)) != sizeof(fd));
	}
	ASSERT_EQ(0, synos_reap(pid));
	ASSERT_EQ((ssize_t)sizeof(fd), read(fds[0], &fd, sizeof(fd)));
	EXPECT_ERR(EBUSY, synos_register());
	EXPECT_EQ(0, synos_update_state(fd, &state, sizeof(state), 0));
	EXPECT_EQ(0, close(fd));
}

TEST(kept_by_scm_rights)
{
	struct synos_consciousness_state state = synos_state(3, 4, "passed");
	int sock[2], fd;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	fd = synos_register();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, synos_send_fd(sock[0], fd));
	EXPECT_EQ(0, close(fd));

	/* In flight, and in no process at all. */
	EXPECT_ERR(EBUSY, synos_register());
	fd = synos_receive_fd(sock[1]);
	ASSERT_LE(0, fd);
	EXPECT_ERR(EBUSY, synos_register());
	EXPECT_EQ(0, synos_update_state(fd, &state, sizeof(state), 0));
	EXPECT_EQ(0, close(fd));

	fd = synos_register();
	ASSERT_LE(0, fd);

	/* Lost in flight. */
	ASSERT_EQ(0, synos_send_fd(sock[0], fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, close(sock[0]));
	EXPECT_EQ(0, close(sock[1]));
	fd = synos_register();
	ASSERT_LE(0, fd);
	close(fd);
}

static void exec_and_look(struct __test_metadata *_metadata, int cloexec)
{
	int in[2], out[2], fd, second, err;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(out));
	fd = synos_register();
	ASSERT_LE(0, fd);
	if (!cloexec)
		ASSERT_EQ(0, fcntl(fd, F_SETFD, 0));

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		setenv(HOLD_ENV, "1", 1);
		execl("/proc/self/exe", "hold", NULL);
		_exit(1);
	}
	ASSERT_EQ(1, read(out[0], &byte, 1));
	EXPECT_EQ(0, close(fd));

	/* The other program runs.  Does it hold the registration? */
	second = synos_register();
	err = errno;
	if (cloexec) {
		EXPECT_LE(0, second);
	} else {
		EXPECT_EQ(-1, second);
		EXPECT_EQ(EBUSY, err);
	}
	close(second);
	close(in[1]);
	EXPECT_EQ(0, synos_reap(pid));
}

TEST(dropped_by_exec)
{
	exec_and_look(_metadata, 1);
}

TEST(kept_by_exec_if_asked)
{
	exec_and_look(_metadata, 0);
}

TEST(descriptor_is_for_nothing_else)
{
	char byte = 0;
	int fd;

	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_ERR(EINVAL, read(fd, &byte, 1));
	EXPECT_ERR(EINVAL, write(fd, &byte, 1));
	EXPECT_ERR(ESPIPE, lseek(fd, 0, SEEK_SET));
	close(fd);
}

TEST_HARNESS_MAIN
