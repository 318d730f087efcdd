// SPDX-License-Identifier: GPL-2.0-only
/*
 * synos_daemon - an example of a daemon for SynOS
 *
 * It knows nothing, but does all that a daemon does: it registers, joins, listens
 * to the events and has a threat level of them, keeps the state up to date and
 * answers what it is asked.  What it needs privileges for comes first; then it
 * drops them.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "synos_netlink.h"

#define EXIT_USAGE	2

static const char help[] =
	"Usage: synos_daemon [OPTION]...\n"
	"Be the SynOS daemon: rate the events by their severity, and answer queries.\n"
	"\n"
	"  -u, --uid UID           become that user and group; default 65534\n"
	"  -s, --severity NUMBER   listen to events from that severity on; default 0\n"
	"  -v, --verbose           say what is done\n"
	"  -h, --help              show this and exit\n"
	"\n"
	"CAP_SYS_ADMIN is needed to start it.  It stays in the foreground, says\n"
	"\"ready\" when it is, and ends by Ctrl-C and SIGTERM.\n";

static int verbose;

#define say(...)							\
	do {								\
		if (verbose) {						\
			printf(__VA_ARGS__);				\
			fflush(stdout);					\
		}							\
	} while (0)

struct daemon {
	int fd;			/* of the registration */
	struct synos_nl queries;
	/*
	 * A socket of their own: one that has more events than it can take gets
	 * no queries either, until all of them have been read.
	 */
	struct synos_nl events;
	int signals, timer;
	unsigned int severity;	/* of the events to be told of */
	unsigned int threat;
	uint64_t last;		/* number of the last event */
	unsigned long long count, lost;	/* of events */
};

/* -- the state ------------------------------------------------------------ */

static void fill_state(const struct daemon *daemon,
		       struct synos_consciousness_state *state)
{
	memset(state, 0, sizeof(*state));
	/* What it has lost track of is what it is not aware of. */
	state->awareness_level = SYNOS_LEVEL_MAX;
	if (daemon->lost)
		state->awareness_level -= SYNOS_LEVEL_MAX * daemon->lost /
					  (daemon->count + daemon->lost);
	state->threat_level = daemon->threat;
	state->learning_state = daemon->threat ? SYNOS_ANALYZING :
						 SYNOS_LEARNING_PASSIVE;
	snprintf(state->current_context, sizeof(state->current_context),
		 "%llu events", daemon->count);
}

static int update(const struct daemon *daemon)
{
	struct synos_consciousness_state state;

	fill_state(daemon, &state);
	if (!syscall(__NR_synos_update_state, daemon->fd, &state, sizeof(state),
		     0))
		return 0;
	perror("synos_daemon: synos_update_state");
	return -1;
}

/* -- what it is told and asked -------------------------------------------- */

static int on_event(struct daemon *daemon, const struct synos_nl_event *event)
{
	say("event %llu of severity %u: %s\n", (unsigned long long)event->seq,
	    event->severity, event->description);
	/* Those that it did not want are missing, too, if it does not want all. */
	if (daemon->last && !daemon->severity)
		daemon->lost += event->seq - daemon->last - 1;
	daemon->last = event->seq;
	daemon->count++;
	daemon->threat += event->severity;
	if (daemon->threat > SYNOS_LEVEL_MAX)
		daemon->threat = SYNOS_LEVEL_MAX;
	return update(daemon);
}

static const char *advice(unsigned int threat)
{
	if (threat < 10)
		return "There is nothing to be done.";
	if (threat < 50)
		return "Look at the events.";
	return "Stop what is not needed, and look at the events.";
}

static int on_query(struct daemon *daemon, const struct synos_nl_query *query)
{
	char text[SYNOS_RESPONSE_LEN];

	say("query %llu of process %u: %s\n", (unsigned long long)query->id,
	    query->pid, query->text);
	snprintf(text, sizeof(text), "Threat level %u after %llu events. %s",
		 daemon->threat, daemon->count, advice(daemon->threat));
	/* Who is calm is so for want of events, and not that sure. */
	if (!synos_nl_answer(&daemon->queries, query->id, text,
			     50 + daemon->threat / 2))
		return 0;
	/* Too late, or not known to have got there: may happen to anybody. */
	if (errno == ENOENT || errno == ENOBUFS)
		return 0;
	fprintf(stderr, "synos_daemon: answer: %s (%s)\n", strerror(errno),
		daemon->queries.error);
	return -1;
}

/* Both take all there is. */
static int on_queries(struct daemon *daemon)
{
	struct synos_nl_query query;

	while (!synos_nl_next_query(&daemon->queries, &query, 0))
		if (on_query(daemon, &query))
			return -1;
	if (errno == EAGAIN || errno == ENOBUFS)
		return 0;
	perror("synos_daemon: queries");
	return -1;
}

static int on_events(struct daemon *daemon)
{
	struct synos_nl_event event;

	for (;;) {
		if (!synos_nl_next_event(&daemon->events, &event, 0)) {
			if (on_event(daemon, &event))
				return -1;
		} else if (errno == ENOBUFS) {
			/*
			 * Some did not fit.  Who has the privileges can get what
			 * it missed by SYNOS_CMD_EVENT_GET, from the number after
			 * the last one on; this daemon knows how many they were
			 * by the number of the next.
			 */
			say("events were lost\n");
		} else {
			break;
		}
	}
	if (errno == EAGAIN)
		return 0;
	perror("synos_daemon: events");
	return -1;
}

/* Every second: what happened is less and less of a threat. */
static int on_timer(struct daemon *daemon)
{
	uint64_t times;

	if (read(daemon->timer, &times, sizeof(times)) != sizeof(times) ||
	    !daemon->threat)
		return 0;
	daemon->threat -= times < daemon->threat ? times : daemon->threat;
	return update(daemon);
}

/* -- the rest ------------------------------------------------------------- */

static int start(struct daemon *daemon)
{
	struct itimerspec second = {
		.it_value.tv_sec = 1,
		.it_interval.tv_sec = 1,
	};
	struct synos_consciousness_state state;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	daemon->signals = signalfd(-1, &set, SFD_CLOEXEC);
	daemon->timer = timerfd_create(CLOCK_MONOTONIC,
				       TFD_CLOEXEC | TFD_NONBLOCK);
	if (daemon->signals < 0 || daemon->timer < 0 ||
	    timerfd_settime(daemon->timer, 0, &second, NULL)) {
		perror("synos_daemon");
		return -1;
	}

	fill_state(daemon, &state);
	daemon->fd = syscall(__NR_synos_register_consciousness, &state,
			     sizeof(state), 0);
	if (daemon->fd < 0) {
		perror("synos_daemon: synos_register_consciousness");
		return -1;
	}
	if (synos_nl_open(&daemon->queries) || synos_nl_open(&daemon->events)) {
		perror("synos_daemon: netlink");
		return -1;
	}
	if (synos_nl_join(&daemon->queries, daemon->fd)) {
		fprintf(stderr, "synos_daemon: cannot join: %s (%s)\n",
			strerror(errno), daemon->queries.error);
		return -1;
	}
	if (synos_nl_filter(&daemon->events, daemon->severity, -1) ||
	    synos_nl_subscribe(&daemon->events)) {
		fprintf(stderr, "synos_daemon: cannot listen: %s (%s)\n",
			strerror(errno), daemon->events.error);
		return -1;
	}
	return 0;
}

/* The descriptor and the sockets are all it takes from here on. */
static int drop_privileges(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		perror("synos_daemon: cannot drop privileges");
		return -1;
	}
	return 0;
}

static int run(struct daemon *daemon)
{
	struct pollfd fds[] = {
		{ .fd = daemon->signals, .events = POLLIN },
		{ .fd = daemon->queries.fd, .events = POLLIN },
		{ .fd = daemon->events.fd, .events = POLLIN },
		{ .fd = daemon->timer, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 4, -1) < 0) {
			if (errno == EINTR)
				continue;
			perror("synos_daemon: poll");
			return -1;
		}
		if (fds[0].revents)
			return 0;
		/* Those who wait come first. */
		if (fds[1].revents && on_queries(daemon))
			return -1;
		if (fds[2].revents && on_events(daemon))
			return -1;
		if (fds[3].revents && on_timer(daemon))
			return -1;
	}
}

static int usage(const char *what, const char *value)
{
	fprintf(stderr, "synos_daemon: %s: %s\n", what, value);
	fprintf(stderr, "Try 'synos_daemon --help'.\n");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "uid", required_argument, NULL, 'u' },
		{ "severity", required_argument, NULL, 's' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	struct daemon daemon = {
		.fd = -1,
		.queries.fd = -1,
		.events.fd = -1,
	};
	unsigned long uid = 65534, severity = 0;
	int option, ret;
	char *end;

	while ((option = getopt_long(argc, argv, "u:s:vh", options, NULL)) != -1) {
		switch (option) {
		case 'u':
			uid = strtoul(optarg, &end, 10);
			if (end == optarg || *end || uid >= UINT32_MAX)
				return usage("not a user id", optarg);
			break;
		case 's':
			severity = strtoul(optarg, &end, 10);
			if (end == optarg || *end ||
			    severity > SYNOS_SEVERITY_MAX)
				return usage("not a severity", optarg);
			daemon.severity = severity;
			break;
		case 'v':
			verbose = 1;
			break;
		case 'h':
			fputs(help, stdout);
			return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
		default:
			fprintf(stderr, "Try 'synos_daemon --help'.\n");
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		return usage("not an option", argv[optind]);

	if (start(&daemon) || drop_privileges(uid))
		return EXIT_FAILURE;
	puts("ready");
	fflush(stdout);
	ret = run(&daemon);
	/* Would happen anyway. */
	synos_nl_close(&daemon.queries);
	synos_nl_close(&daemon.events);
	close(daemon.fd);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
