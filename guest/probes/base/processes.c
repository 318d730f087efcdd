// SPDX-License-Identifier: GPL-2.0-only
/* Processes, their memory, and the way from one to another and back. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "probe.h"

static int fork_run(void)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/proc/self/exe", "probe", "end", NULL);
		_exit(1);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

static char *fresh;

static int fault_before(void)
{
	fresh = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return fresh == MAP_FAILED;
}

static int fault_run(void)
{
	*(volatile char *)fresh = 1;
	return 0;
}

static void fault_after(void)
{
	munmap(fresh, 4096);
}

/* Another process that sends back each byte that it gets. */
static int here[2] = { -1, -1 };
static pid_t echo = -1;

static int start_echo(int there_in, int there_out)
{
	char byte;

	echo = fork();
	if (echo == 0) {
		close(here[0]);
		if (here[1] != here[0])
			close(here[1]);
		while (read(there_in, &byte, 1) == 1)
			if (write(there_out, &byte, 1) != 1)
				break;
		_exit(0);
	}
	return echo < 0;
}

static int pipe_before(void)
{
	static int there[2], back[2];

	if (echo > 0)
		return 0;
	if (pipe(there) || pipe(back))
		return 1;
	here[0] = back[0];
	here[1] = there[1];
	return start_echo(there[0], back[1]);
}

static int socket_before(void)
{
	static int pair[2], done;

	if (done)
		return 0;
	done = 1;
	kill(echo, SIGKILL);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	here[0] = here[1] = pair[0];
	return start_echo(pair[1], pair[1]);
}

static int echo_run(void)
{
	char byte = 0;

	return write(here[1], &byte, 1) != 1 || read(here[0], &byte, 1) != 1;
}

static const struct probe probes[] = {
	{ "fork-exec-wait", fork_run, NULL, NULL },
	{ "page-fault", fault_run, fault_before, fault_after },
	{ "pipe-there-and-back", echo_run, pipe_before, NULL },
	{ "socket-there-and-back", echo_run, socket_before, NULL },
};

PROBE_MAIN(probes)
