// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs of tools/synos: found in helpers/, beside this one.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <libgen.h>
#include <sys/ioctl.h>
#include <termios.h>

#define PATIENCE	10000

static char text[1 << 20];

/* A program that runs, and what it says. */
struct run {
	pid_t pid;
	int out;	/* of its stdout and stderr */
	size_t len;	/* of what is in text[] */
};

static int helper(const char *name, char *path, size_t size)
{
	char self[4096];
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return -1;
	self[n] = '\0';
	n = snprintf(path, size, "%s/helpers/%s", dirname(self), name);
	return n < (ssize_t)size ? access(path, X_OK) : -1;
}

/* At @terminal, or with its output in a pipe if that is -1. */
static int start(struct run *run, int terminal, char *const argv[])
{
	char path[4200];
	int fds[2];

	if (helper(argv[0], path, sizeof(path)) || pipe(fds))
		return -1;
	run->len = 0;
	text[0] = '\0';
	run->pid = synos_fork();
	if (!run->pid) {
		int fd = terminal >= 0 ? terminal : fds[1];
		int nothing = open("/dev/null", O_RDONLY);

		dup2(terminal >= 0 ? terminal : nothing, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		close(fds[0]);
		close(fds[1]);
		execv(path, argv);
		_exit(127);
	}
	close(fds[1]);
	run->out = fds[0];
	return run->pid < 0 ? -1 : 0;
}

/* Reads on until there are @times of @what in it; -1 if there are not. */
static int read_until(struct run *run, const char *what, int times)
{
	struct pollfd pollfd = { .fd = run->out, .events = POLLIN };
	ssize_t n;

	for (;;) {
		const char *at = text;
		int found = 0;

		while ((at = strstr(at, what))) {
			at += strlen(what);
			found++;
		}
		if (found >= times)
			return 0;
		if (poll(&pollfd, 1, PATIENCE) <= 0)
			return -1;
		n = read(run->out, text + run->len, sizeof(text) - 1 - run->len);
		if (n <= 0)
			return -1;
		run->len += n;
		text[run->len] = '\0';
	}
}

/* Reads what is left; the exit status, 128 if it was a signal. */
static int finish(struct run *run)
{
	ssize_t n;

	while ((n = read(run->out, text + run->len,
			 sizeof(text) - 1 - run->len)) > 0)
		run->len += n;
	text[run->len] = '\0';
	close(run->out);
	return synos_reap(run->pid);
}

#define ARGV(...)	((char *[]){ __VA_ARGS__, NULL })

static int have(const char *name)
{
	char path[4200];

	return !helper(name, path, sizeof(path));
}

static int run_all(char *const argv[])
{
	struct run run;

	return start(&run, -1, argv) ? -1 : finish(&run);
}

/* -- the client ----------------------------------------------------------- */

TEST(client_once)
{
	struct synos_consciousness_state state = synos_state(64, 32, "shown");
	int fd;

	if (!have("synos_client"))
		SKIP(return, "no helpers/synos_client beside this");
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_NETWORK, "shown, too"));
	fd = synos_register_consciousness(&state, sizeof(state), 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, run_all(ARGV("synos_client", "--once")));
	close(fd);
	EXPECT_NE(NULL, strstr(text, "Awareness Level: 64\n"));
	EXPECT_NE(NULL, strstr(text, "Threat Level: 32\n"));
	EXPECT_NE(NULL, strstr(text, "Context: shown\n"));
	EXPECT_NE(NULL, strstr(text, "Daemon: registered\n"));
	EXPECT_NE(NULL, strstr(text, "Events Logged: "));
	EXPECT_NE(NULL, strstr(text, "description=shown, too\n"));
	/* No terminal, no escape sequences. */
	EXPECT_EQ(NULL, strchr(text, '\033'));

	EXPECT_EQ(0, run_all(ARGV("synos_client", "-1")));
	EXPECT_NE(NULL, strstr(text, "Daemon: none\n"));
}

TEST(client_events)
{
	int i;

	if (!have("synos_client"))
		SKIP(return, "no helpers/synos_client beside this");
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, synos_log(SYNOS_EVENT_NETWORK, i < 2 ? "before" :
				       i < 4 ? "last" : "very last"));
	EXPECT_EQ(0, run_all(ARGV("synos_client", "-1", "-e", "3")));
	EXPECT_EQ(NULL, strstr(text, "description=before\n"));
	EXPECT_NE(NULL, strstr(text, "description=last\n"));
	EXPECT_NE(NULL, strstr(text, "description=very last\n"));
	EXPECT_EQ(0, run_all(ARGV("synos_client", "-1", "--events=1")));
	EXPECT_EQ(NULL, strstr(text, "description=last\n"));
	EXPECT_NE(NULL, strstr(text, "description=very last\n"));
	EXPECT_EQ(0, run_all(ARGV("synos_client", "-1", "--events=0")));
	EXPECT_EQ(NULL, strstr(text, "description="));
}

/* Who may not see the events sees the rest. */
TEST(client_unprivileged)
{
	if (!have("synos_client"))
		SKIP(return, "no helpers/synos_client beside this");
	ASSERT_EQ(0, synos_log(SYNOS_EVENT_NETWORK, "not for all"));
	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_EQ(0, run_all(ARGV("synos_client", "--once")));
	EXPECT_NE(NULL, strstr(text, "Daemon: none\n"));
	EXPECT_EQ(NULL, strstr(text, "not for all"));
}

static void live(struct __test_metadata *_metadata, int sig)
{
	struct synos_consciousness_state state = synos_state(10, 1, "live");
	struct run run;
	int fd;

	fd = synos_register_consciousness(&state, sizeof(state), 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, start(&run, -1, ARGV("synos_client", "--interval", "0.1")));
	EXPECT_EQ(0, read_until(&run, "Awareness Level: 10\n", 2));
	state.awareness_level = 20;
	ASSERT_EQ(0, synos_update_state(fd, &state, sizeof(state), 0));
	EXPECT_EQ(0, read_until(&run, "Awareness Level: 20\n", 2));
	close(fd);
	EXPECT_EQ(0, read_until(&run, "Daemon: none\n", 1));
	ASSERT_EQ(0, kill(run.pid, sig));
	EXPECT_EQ(0, finish(&run));
	EXPECT_EQ(NULL, strchr(text, '\033'));
	/* Not in the middle of a line. */
	EXPECT_EQ('\n', text[run.len - 1]);
}

TEST(client_until_sigterm)
{
	if (!have("synos_client"))
		SKIP(return, "no helpers/synos_client beside this");
	live(_metadata, SIGTERM);
}

TEST(client_until_sigint)
{
	if (!have("synos_client"))
		SKIP(return, "no helpers/synos_client beside this");
	live(_metadata, SIGINT);
}

/* A terminal, and what it was set to. */
static int open_terminal(int *master, struct termios *set)
{
	char name[64];
	int slave;

	*master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*master < 0)
		return -1;
	if (grantpt(*master) || unlockpt(*master) ||
	    ptsname_r(*master, name, sizeof(name)))
		return -1;
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave >= 0 && tcgetattr(slave, set))
		return -1;
	return slave;
}

/* Ends it by @key if that is not 0, else by SIGTERM. */
static void on_terminal(struct __test_metadata *_metadata, char key)
{
	const char *restored = "\033[?25h\033[?1049l";
	struct winsize size = { .ws_row = 12, .ws_col = 40 };
	struct termios before, meanwhile, after;
	int master, slave;
	struct run run;

	slave = open_terminal(&master, &before);
	if (slave < 0)
		SKIP(return, "no terminals");
	ASSERT_EQ(0, ioctl(slave, TIOCSWINSZ, &size));
	ASSERT_EQ(0, start(&run, slave, ARGV("synos_client", "-i", "0.1")));
	close(run.out);
	run.out = master;
	/* More than once, each time in the same place. */
	EXPECT_EQ(0, read_until(&run, "\033[HAwareness Level: ", 3));
	EXPECT_EQ(&text[0], strstr(text, "\033[?1049h\033[?25l"));
	ASSERT_EQ(0, tcgetattr(slave, &meanwhile));
	EXPECT_EQ(0, meanwhile.c_lflag & ECHO);
	ASSERT_EQ(0, key ? write(master, &key, 1) != 1 :
			   kill(run.pid, SIGTERM));
	EXPECT_EQ(0, read_until(&run, restored, 1));
	EXPECT_EQ(0, synos_reap(run.pid));
	EXPECT_STREQ(restored, text + run.len - strlen(restored));
	ASSERT_EQ(0, tcgetattr(slave, &after));
	EXPECT_EQ(before.c_lflag, after.c_lflag);
	EXPECT_EQ(0, memcmp(before.c_cc, after.c_cc, sizeof(before.c_cc)));
	close(slave);
	close(master);
}

TEST(client_on_a_terminal)
{
	if (!have("synos_client"))
		SKIP(return, "no helpers/synos_client beside this");
	on_terminal(_metadata, 0);
}

TEST(client_until_q)
{
	if (!have("synos_client"))
		SKIP(return, "no helpers/synos_client beside this");
	on_terminal(_metadata, 'q');
}

TEST(client_options)
{
	if (!have("synos_client"))
		SKIP(return, "no helpers/synos_client beside this");
	EXPECT_EQ(0, run_all(ARGV("synos_client", "--help")));
	EXPECT_EQ(&text[0], strstr(text, "Usage: synos_client "));
	EXPECT_EQ(0, run_all(ARGV("synos_client", "-h")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "--nonsense")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-x")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "extra")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-i")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-i", "0")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-i", "-1")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-i", "nan")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-i", "1s")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-i", "")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-e", "1001")));
	EXPECT_EQ(2, run_all(ARGV("synos_client", "-e", "x")));
	/* Nothing was shown but what is wrong. */
	EXPECT_EQ(NULL, strstr(text, "Awareness"));
}

/* -- the daemon ----------------------------------------------------------- */

static int field_is(const char *field, int low, int high)
{
	static char state[512];
	const char *at;
	int value;

	if (synos_read_file("/proc/synos/consciousness", state,
			    sizeof(state)) <= 0)
		return 0;
	at = strstr(state, field);
	if (!at)
		return 0;
	value = atoi(at + strlen(field));
	return value >= low && value <= high;
}

/* It is said once the daemon has got to it. */
static int wait_for_field(const char *field, int low, int high)
{
	struct timespec tick = { .tv_nsec = 2000000 };
	uint64_t end = synos_now() + 10000000000ULL;

	while (!field_is(field, low, high)) {
		if (synos_now() > end)
			return -1;
		nanosleep(&tick, NULL);
	}
	return 0;
}

static int log_severity(uint32_t severity)
{
	struct synos_ai_event event = synos_event(SYNOS_EVENT_SECURITY,
						  severity, "for the daemon");

	return synos_log_event(&event, sizeof(event), 0);
}

TEST(daemon_at_work)
{
	struct synos_recommendation rec = synos_question("How is it?");
	char path[64], status[4096];
	struct run run;
	int i;

	if (!have("synos_daemon"))
		SKIP(return, "no helpers/synos_daemon beside this");
	ASSERT_EQ(0, start(&run, -1, ARGV("synos_daemon", "--uid", "4711",
					  "--verbose")));
	ASSERT_EQ(0, read_until(&run, "ready\n", 1));
	EXPECT_ERR(EBUSY, synos_register());
	EXPECT_EQ(0, wait_for_field("Threat Level: ", 0, 0));

	/* What it does is done by nobody in particular, and without power. */
	snprintf(path, sizeof(path), "/proc/%d/status", run.pid);
	ASSERT_LT(0, synos_read_file(path, status, sizeof(status)));
	EXPECT_NE(NULL, strstr(status, "\nUid:\t4711\t4711\t4711\t4711\n"));
	EXPECT_NE(NULL, strstr(status, "\nGid:\t4711\t4711\t4711\t4711\n"));
	EXPECT_NE(NULL, strstr(status, "\nCapEff:\t0000000000000000\n"));
	EXPECT_NE(NULL, strstr(status, "\nCapPrm:\t0000000000000000\n"));
	EXPECT_NE(NULL, strstr(status, "\nNoNewPrivs:\t1\n"));

	/* It asks whom nobody else could. */
	rec.deadline = synos_now() + 10000000000ULL;
	EXPECT_EQ(0, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_NE(NULL, strstr(rec.response, "Threat level 0 "));
	EXPECT_GE(100, rec.confidence);

	/* By their severity; those of 0 are no threat at all. */
	EXPECT_EQ(0, log_severity(0));
	for (i = 0; i < 6; i++)
		EXPECT_EQ(0, log_severity(10));
	EXPECT_EQ(0, wait_for_field("Threat Level: ", 50, 60));
	for (i = 0; i < 20; i++)
		EXPECT_EQ(0, log_severity(10));
	EXPECT_EQ(0, wait_for_field("Context: ", 27, 27));
	EXPECT_EQ(0, wait_for_field("Threat Level: ", 90, 100));
	EXPECT_EQ(0, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_NE(NULL, strstr(rec.response, "after 27 events"));

	ASSERT_EQ(0, kill(run.pid, SIGTERM));
	EXPECT_EQ(0, finish(&run));
	EXPECT_NE(NULL, strstr(text, ": How is it?\n"));
	EXPECT_NE(NULL, strstr(text, "of severity 10: for the daemon\n"));
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
}

/* More than it can take is no reason for it to go, and it knows. */
TEST(daemon_overrun)
{
	struct synos_recommendation rec = synos_question("Too much?");
	struct run run;
	int i, status;

	if (!have("synos_daemon"))
		SKIP(return, "no helpers/synos_daemon beside this");
	ASSERT_EQ(0, start(&run, -1, ARGV("synos_daemon", "--verbose")));
	ASSERT_EQ(0, read_until(&run, "ready\n", 1));
	EXPECT_EQ(0, log_severity(0));
	ASSERT_EQ(0, read_until(&run, "of severity 0", 1));
	EXPECT_EQ(0, wait_for_field("Awareness Level: ", 100, 100));
	ASSERT_EQ(0, kill(run.pid, SIGSTOP));
	ASSERT_EQ(run.pid, waitpid(run.pid, &status, WUNTRACED));
	for (i = 0; i < 1000; i++)
		ASSERT_EQ(0, log_severity(0));
	ASSERT_EQ(0, kill(run.pid, SIGCONT));
	ASSERT_EQ(0, read_until(&run, "events were lost\n", 1));
	rec.deadline = synos_now() + 10000000000ULL;
	EXPECT_EQ(0, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_EQ(0, log_severity(0));
	EXPECT_EQ(0, wait_for_field("Awareness Level: ", 0, 99));
	ASSERT_EQ(0, kill(run.pid, SIGTERM));
	EXPECT_EQ(0, finish(&run));
}

TEST(daemon_is_one)
{
	struct run run;
	int fd;

	if (!have("synos_daemon"))
		SKIP(return, "no helpers/synos_daemon beside this");
	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, run_all(ARGV("synos_daemon")));
	EXPECT_NE(NULL, strstr(text, "synos_register_consciousness: "));
	close(fd);
	ASSERT_EQ(0, start(&run, -1, ARGV("synos_daemon")));
	ASSERT_EQ(0, read_until(&run, "ready\n", 1));
	ASSERT_EQ(0, kill(run.pid, SIGINT));
	EXPECT_EQ(0, finish(&run));
	EXPECT_STREQ("ready\n", text);
}

TEST(daemon_unprivileged)
{
	if (!have("synos_daemon"))
		SKIP(return, "no helpers/synos_daemon beside this");
	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_EQ(1, run_all(ARGV("synos_daemon")));
}

TEST(daemon_options)
{
	if (!have("synos_daemon"))
		SKIP(return, "no helpers/synos_daemon beside this");
	EXPECT_EQ(0, run_all(ARGV("synos_daemon", "--help")));
	EXPECT_EQ(&text[0], strstr(text, "Usage: synos_daemon "));
	EXPECT_EQ(2, run_all(ARGV("synos_daemon", "--nonsense")));
	EXPECT_EQ(2, run_all(ARGV("synos_daemon", "extra")));
	EXPECT_EQ(2, run_all(ARGV("synos_daemon", "-u", "root")));
	EXPECT_EQ(2, run_all(ARGV("synos_daemon", "-u", "4294967295")));
	EXPECT_EQ(2, run_all(ARGV("synos_daemon", "-s", "11")));
	EXPECT_EQ(NULL, strstr(text, "ready"));
}

/* -- the calls ------------------------------------------------------------ */

/* What it says of a call. */
static int says(const char *call, const char *what)
{
	char line[128];

	snprintf(line, sizeof(line), "%-30s %s\n", call, what);
	return !!strstr(text, line);
}

TEST(calls)
{
	if (!have("test_syscalls"))
		SKIP(return, "no helpers/test_syscalls beside this");
	EXPECT_EQ(0, run_all(ARGV("test_syscalls")));
	EXPECT_EQ(1, says("synos_register_consciousness", "3"));
	EXPECT_EQ(1, says("synos_update_state", "0"));
	EXPECT_EQ(1, says("synos_query_recommendation", strerror(ENOTCONN)));
	EXPECT_EQ(1, says("synos_log_event", "0"));
	EXPECT_EQ(1, says("synos_get_telemetry", "0"));
}

TEST(calls_with_a_daemon)
{
	struct run run;
	int status;

	if (!have("test_syscalls"))
		SKIP(return, "no helpers/test_syscalls beside this");
	if (!have("synos_daemon"))
		SKIP(return, "no helpers/synos_daemon beside this");
	ASSERT_EQ(0, start(&run, -1, ARGV("synos_daemon")));
	ASSERT_EQ(0, read_until(&run, "ready\n", 1));
	status = run_all(ARGV("test_syscalls"));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, says("synos_register_consciousness", strerror(EBUSY)));
	EXPECT_EQ(1, says("synos_query_recommendation", "0"));
	EXPECT_NE(NULL, strstr(text, "\n    Threat level "));
	ASSERT_EQ(0, kill(run.pid, SIGTERM));
	run.len = 0;
	EXPECT_EQ(0, finish(&run));
}

TEST(calls_unprivileged)
{
	if (!have("test_syscalls"))
		SKIP(return, "no helpers/test_syscalls beside this");
	ASSERT_EQ(0, synos_be(synos_fresh_uid()));
	EXPECT_EQ(0, run_all(ARGV("test_syscalls")));
	EXPECT_EQ(1, says("synos_register_consciousness", strerror(EPERM)));
	EXPECT_EQ(1, says("synos_update_state", strerror(EBADF)));
	EXPECT_EQ(1, says("synos_log_event", "0"));
}

TEST_HARNESS_MAIN
