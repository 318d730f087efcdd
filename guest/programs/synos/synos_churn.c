// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that can be done, at random and at once, by processes and threads that
 * know nothing of each other; what has to be true all the same is looked at
 * meanwhile and afterwards.
 *
 * SYNOS_CHURN_SECONDS is for how long, SYNOS_CHURN_ROUNDS how often for each
 * worker instead, and SYNOS_CHURN_SEED what chance begins with.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <stdarg.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define MS		1000000ULL
#define SECOND		1000000000ULL
#define MAX_WORKERS	48
/* So much later a slow kernel must have come to what is wanted of it. */
#define PATIENCE	(10 * SECOND)
/* A day: it is for the environment to say. */
#define NO_TIMEOUT	86400

/* Each in a row of the cache of its own is not worth it: contention is welcome. */
enum {
	REGISTERED, UPDATED, ASKED, ANSWERED, UNKNOWN, GOT_ANSWER, LOGGED, LIMITED,
	JOINED, HEARD, DUMPED, KILLED,
	NCOUNTS,
};

/* Shared by all processes. */
struct shared {
	uint64_t end;
	/* What has to have happened before the end, by its bit. */
	unsigned int wanted;
	long rounds;
	int stop;
	unsigned long counts[NCOUNTS];
	/* The first thing that was wrong. */
	int failed;
	char failure[256];
};

static struct shared *shared;

static void count(int what)
{
	__atomic_add_fetch(&shared->counts[what], 1, __ATOMIC_SEQ_CST);
}

static __printf(3, 4) void fail(int line, const char *what, const char *format, ...)
{
	char text[128];
	va_list ap;

	if (__atomic_exchange_n(&shared->failed, 1, __ATOMIC_SEQ_CST))
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	snprintf(shared->failure, sizeof(shared->failure), "line %d: %s: %s",
		 line, what, text);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_SEQ_CST);
}

/* In a worker: it has to be true, or all of it is over. */
#define MUST(cond, ...)							\
	do {								\
		if (!(cond))						\
			fail(__LINE__, #cond, __VA_ARGS__);		\
	} while (0)

struct worker {
	void (*what)(struct worker *worker);
	pthread_t thread;
	uint32_t random;
	long round;
};

static uint32_t chance(struct worker *worker, uint32_t n)
{
	/* xorshift32 */
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 17;
	worker->random ^= worker->random << 5;
	return worker->random % n;
}

static int all_happened(void)
{
	int i;

	for (i = 0; i < NCOUNTS; i++)
		if (shared->wanted & (1U << i) && !shared->counts[i])
			return 0;
	return 1;
}

static int go_on(struct worker *worker)
{
	uint64_t now;

	if (__atomic_load_n(&shared->stop, __ATOMIC_SEQ_CST))
		return 0;
	if (shared->rounds)
		return worker->round++ < shared->rounds;
	now = synos_now();
	return now < shared->end ||
	       (now < shared->end + PATIENCE && !all_happened());
}

/* Lets time pass, for nothing in particular to happen in it. */
static void dawdle(struct worker *worker, uint32_t max_us)
{
	struct timespec ts = { .tv_nsec = chance(worker, max_us) * 1000 };

	nanosleep(&ts, NULL);
}

/* -- the workers ---------------------------------------------------------- */

/* All of an answer follows from the question. */
static uint32_t confidence_of(const char *query)
{
	uint32_t sum = 0;

	while (*query)
		sum = 31 * sum + *(const unsigned char *)query++;
	return sum % (SYNOS_LEVEL_MAX + 1);
}

/*
 * An answer that nobody waits for; or the buffer is full of questions that
 * nobody waits for any more, and there was no room to say what became of it.
 */
static int refused(void)
{
	return errno == ENOENT || errno == ENOBUFS;
}

static void answer_some(struct worker *worker, struct synos_daemon *daemon)
{
	struct synos_nl_query query;
	char text[SYNOS_QUERY_LEN + 8];
	int n;

	for (n = chance(worker, 20); n > 0; n--) {
		if (synos_nl_next_query(&daemon->nl, &query, chance(worker, 5))) {
			MUST(errno == EAGAIN || errno == ENOBUFS, "%d", errno);
			return;
		}
		snprintf(text, sizeof(text), "re: %s", query.text);
		switch (chance(worker, 8)) {
		case 0:
			/* Forgotten. */
			continue;
		case 1:
			MUST(synos_nl_answer(&daemon->nl, query.id + 1000000,
					     "wrong", 1) && refused(),
			     "%d", errno);
			continue;
		case 2:
			dawdle(worker, 3000);
			break;
		}
		if (!synos_nl_answer(&daemon->nl, query.id, text,
				     confidence_of(query.text))) {
			count(ANSWERED);
			MUST(synos_nl_answer(&daemon->nl, query.id, "twice", 1) &&
			     refused(), "%d", errno);
		} else {
			MUST(refused(), "%d", errno);
			if (errno == ENOBUFS)
				count(UNKNOWN);
		}
	}
}

static void be_daemon(struct worker *worker)
{
	while (go_on(worker)) {
		struct synos_consciousness_state state = synos_state(1, 2, "churn");
		struct synos_daemon daemon;
		int n, copy = -1;

		daemon.fd = synos_register();
		if (daemon.fd < 0) {
			MUST(errno == EBUSY, "%d", errno);
			dawdle(worker, 500);
			continue;
		}
		count(REGISTERED);
		MUST(!synos_nl_open(&daemon.nl), "%d", errno);
		if (!chance(worker, 4))
			copy = dup(daemon.fd);
		for (n = chance(worker, 6); n >= 0; n--) {
			if (!synos_nl_join(&daemon.nl, daemon.fd))
				count(JOINED);
			else
				MUST(errno == EBUSY, "%d", errno);
			if (!chance(worker, 3)) {
				MUST(!synos_update_state(daemon.fd, &state,
							 sizeof(state), 0),
				     "%d", errno);
				count(UPDATED);
			}
			answer_some(worker, &daemon);
			if (!chance(worker, 4)) {
				/* Another socket is as good. */
				synos_nl_close(&daemon.nl);
				MUST(!synos_nl_open(&daemon.nl), "%d", errno);
			}
		}
		if (chance(worker, 2))
			synos_nl_close(&daemon.nl);
		close(daemon.fd);
		if (copy >= 0) {
			MUST(!synos_update_state(copy, &state, sizeof(state), 0),
			     "%d", errno);
			count(UPDATED);
			close(copy);
		}
		synos_nl_close(&daemon.nl);
	}
}

static void ask_one(struct worker *worker, struct synos_recommendation *rec)
{
	char expected[SYNOS_RESPONSE_LEN];
	uint64_t deadline = 0;

	if (chance(worker, 4))
		deadline = synos_now() + chance(worker, 20000) * 1000;
	*rec = synos_question("");
	snprintf(rec->query, sizeof(rec->query), "%d %ld %u %.*s", gettid(),
		 worker->round, chance(worker, 1000000),
		 (int)chance(worker, 200),
		 "a question that can be a rather long one, although nobody can say what it is that it is about, or whether there is anything to be known about it at all, and if so by whom, and what for, and until when");
	memset(rec->response, 'x', sizeof(rec->response));
	rec->deadline = deadline;
	count(ASKED);
	if (synos_query_recommendation(rec, sizeof(*rec), 0)) {
		int err = errno;

		MUST(err == ENOTCONN || err == EAGAIN || err == ECONNRESET ||
		     err == EINTR || (err == ETIMEDOUT && deadline), "%d", err);
		MUST(err != ETIMEDOUT || synos_now() >= deadline, "early");
		return;
	}
	count(GOT_ANSWER);
	snprintf(expected, sizeof(expected), "re: %s", rec->query);
	MUST(!strcmp(expected, rec->response), "%s | %s", rec->query,
	     rec->response);
	MUST(rec->confidence == confidence_of(rec->query), "%u",
	     rec->confidence);
}

static void ask(struct worker *worker)
{
	struct synos_recommendation rec;

	while (go_on(worker))
		ask_one(worker, &rec);
}

static void on_signal(int nr)
{
}

/* Asks, while a timer has its signals come. */
static void ask_disturbed(struct worker *worker)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};
	struct itimerspec spec = {
		.it_value.tv_nsec = 1 * MS,
		.it_interval.tv_nsec = 1 * MS + chance(worker, 5 * MS),
	};
	struct synos_recommendation rec;
	timer_t timer;

	event._sigev_un._tid = gettid();
	MUST(!timer_create(CLOCK_MONOTONIC, &event, &timer), "%d", errno);
	MUST(!timer_settime(timer, 0, &spec, NULL), "%d", errno);
	while (go_on(worker))
		ask_one(worker, &rec);
	timer_delete(timer);
}

/* Waits for a child that was killed, or else had nothing to complain about. */
static void reap_killed(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	MUST((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
	     (WIFEXITED(status) && !WEXITSTATUS(status)), "%x", status);
	count(KILLED);
}

/* Asks by processes that do not live to hear the answer. */
static void ask_and_die(struct worker *worker)
{
	while (go_on(worker)) {
		struct worker copy = *worker;
		pid_t pid;

		pid = synos_fork();
		if (!pid) {
			struct synos_recommendation rec;

			for (;;)
				ask_one(&copy, &rec);
		}
		MUST(pid > 0, "%d", errno);
		if (pid < 0)
			return;
		dawdle(worker, 5000);
		kill(pid, SIGKILL);
		reap_killed(pid);
		chance(worker, 2);
	}
}

/* The same as a daemon. */
static void serve_and_die(struct worker *worker)
{
	while (go_on(worker)) {
		struct worker copy = *worker;
		pid_t pid;

		pid = synos_fork();
		if (!pid) {
			be_daemon(&copy);
			_exit(0);
		}
		MUST(pid > 0, "%d", errno);
		if (pid < 0)
			return;
		dawdle(worker, 20000);
		kill(pid, SIGKILL);
		reap_killed(pid);
		chance(worker, 2);
	}
}

/* The number follows from the description, as far as that can be. */
static void log_some(struct worker *worker)
{
	while (go_on(worker)) {
		uint32_t severity = chance(worker, SYNOS_SEVERITY_MAX + 1);
		struct synos_ai_event event;

		event = synos_event(1 + severity % 4, severity, "");
		memset(event.description, 'a' + severity, 1 + 11 * severity);
		MUST(!synos_log_event(&event, sizeof(event), 0), "%d", errno);
		count(LOGGED);
		if (!chance(worker, 50))
			dawdle(worker, 1000);
	}
}

/* By users who may not always; each thread of its own process. */
static void log_unprivileged(struct worker *worker)
{
	while (go_on(worker)) {
		uint32_t severity = chance(worker, SYNOS_SEVERITY_MAX + 1);
		/* Of the thread only, as the call itself does it. */
		uid_t uid = 700000 + chance(worker, 400);
		struct synos_ai_event event;
		int n;

		MUST(!syscall(SYS_setresuid, uid, uid, 0), "%d", errno);
		for (n = chance(worker, 20); n >= 0; n--) {
			event = synos_event(1 + severity % 4, severity, "");
			memset(event.description, 'a' + severity,
			       1 + 11 * severity);
			if (!synos_log_event(&event, sizeof(event), 0)) {
				count(LOGGED);
			} else {
				MUST(errno == EAGAIN, "%d", errno);
				count(LIMITED);
			}
		}
		MUST(!syscall(SYS_setresuid, 0, 0, 0), "%d", errno);
	}
}

static void check_event(const struct synos_nl_event *event, uint64_t last)
{
	size_t i;

	MUST(event->seq > last, "%llu after %llu",
	     (unsigned long long)event->seq, (unsigned long long)last);
	MUST(event->severity <= SYNOS_SEVERITY_MAX, "%u", event->severity);
	/* What others logged before is none of these. */
	if (event->description[0] != (char)('a' + event->severity) ||
	    (event->description[1] && event->description[1] !=
	     event->description[0]))
		return;
	MUST(event->type == 1 + event->severity % 4, "%u", event->type);
	for (i = 0; event->description[i]; i++)
		MUST(event->description[i] == event->description[0], "%s",
		     event->description);
	MUST(i == 1 + 11 * event->severity, "%zu", i);
}

static void listen_some(struct worker *worker)
{
	while (go_on(worker)) {
		uint32_t severity = chance(worker, SYNOS_SEVERITY_MAX + 1);
		uint32_t types = chance(worker, 16);
		struct synos_nl_event event;
		uint64_t last = 0;
		struct synos_nl nl;
		int n, ret = 1;

		MUST(!synos_nl_open(&nl), "%d", errno);
		MUST(!synos_nl_filter(&nl, severity, types), "%d", errno);
		MUST(!synos_nl_subscribe(&nl), "%d", errno);
		for (n = chance(worker, 200); n > 0; n--) {
			if (synos_nl_next_event(&nl, &event, chance(worker, 2))) {
				MUST(errno == EAGAIN || errno == ENOBUFS, "%d",
				     errno);
				continue;
			}
			check_event(&event, last);
			MUST(event.severity >= severity, "%u", event.severity);
			MUST(types & 1 << (event.type - 1), "%u", event.type);
			last = event.seq;
			count(HEARD);
		}
		/* From a number on, and not always to the end. */
		MUST(!synos_nl_unsubscribe(&nl), "%d", errno);
		last = last && chance(worker, 2) ? last : 0;
		if (synos_nl_dump(&nl, last ? last + 1 : 0)) {
			MUST(0, "%d", errno);
			synos_nl_close(&nl);
			continue;
		}
		for (n = chance(worker, 3) ? 100000 : 10; n > 0; n--) {
			ret = synos_nl_dump_next(&nl, &event);
			/* Of what came before, when it was not read. */
			if (ret < 0 && errno == ENOBUFS) {
				ret = 1;
				continue;
			}
			if (ret != 1)
				break;
			check_event(&event, last);
			last = event.seq;
			count(DUMPED);
		}
		MUST(ret >= 0, "%d", errno);
		synos_nl_close(&nl);
	}
}

static void read_proc(struct worker *worker)
{
	static const char *const names[] = {
		"/proc/synos/consciousness", "/proc/synos/events",
		"/proc/synos/telemetry", "/proc/synos/version",
	};
	char *text = malloc(SYNOS_EVENTS_BUF);

	while (go_on(worker)) {
		const char *name = names[chance(worker, 4)], *at;
		int fd = open(name, O_RDONLY);
		struct synos_line line;
		uint64_t last = 0;

		MUST(fd >= 0, "%s %d", name, errno);
		if (fd < 0)
			break;
		MUST(synos_read_fd(fd, text, SYNOS_EVENTS_BUF) >= 0, "%s %d",
		     name, errno);
		close(fd);
		for (at = text; strstr(name, "events") && *at; ) {
			at = synos_parse_line(at, &line);
			MUST(at, "no line");
			if (!at)
				break;
			MUST(line.seq > last, "%llu", line.seq);
			last = line.seq;
		}
		dawdle(worker, 1000);
	}
	free(text);
}

/* What the counters are to each other, at any time. */
static void read_counters(struct worker *worker)
{
	struct synos_telemetry last = synos_counters(), now;

	while (go_on(worker)) {
		now = synos_counters();
		MUST(now.events_logged == now.syscall_events +
		     now.security_events + now.network_events +
		     now.filesystem_events, "sum");
		MUST(now.events_logged - now.events_dropped <= now.ring_capacity,
		     "%llu of %llu", now.events_logged - now.events_dropped,
		     now.ring_capacity);
		MUST(now.answers <= now.queries, "answers");
		MUST(now.memory_bytes * last.ring_capacity ==
		     last.memory_bytes * now.ring_capacity, "memory");
		MUST(now.registrations >= last.registrations &&
		     now.updates >= last.updates &&
		     now.queries >= last.queries &&
		     now.answers >= last.answers &&
		     now.events_logged >= last.events_logged &&
		     now.events_dropped >= last.events_dropped &&
		     now.events_filtered >= last.events_filtered &&
		     now.events_limited >= last.events_limited, "backwards");
		last = now;
		dawdle(worker, 300);
	}
}

static void set_limits(struct worker *worker)
{
	while (go_on(worker)) {
		switch (chance(worker, 4)) {
		case 0:
			MUST(!synos_set_sysctl("min_severity",
					       chance(worker, 4)), "%d", errno);
			break;
		case 1:
			MUST(!synos_set_sysctl("event_types",
					       chance(worker, 16)), "%d", errno);
			break;
		case 2:
			MUST(!synos_set_sysctl("unprivileged_rate",
					       1 + chance(worker, 10)), "%d",
			     errno);
			break;
		case 3:
			MUST(!synos_set_sysctl("ring_size",
					       16 << chance(worker, 7)), "%d",
			     errno);
			break;
		}
		dawdle(worker, 3000);
	}
}

/* -- who does it all ------------------------------------------------------ */

static void *run_worker(void *arg)
{
	struct worker *worker = arg;

	worker->what(worker);
	return NULL;
}

static long environment(const char *name, long otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtol(value, NULL, 10) : otherwise;
}

/*
 * Runs the workers, a process for every @per_process of them, until all that is
 * @wanted has happened at least once.  Returns 0 if all came back and found
 * nothing.
 */
static int churn(void (*const *workers)(struct worker *), int n,
		 int per_process, double share, unsigned int wanted)
{
	struct sigaction action = { .sa_handler = on_signal };
	uint32_t seed = environment("SYNOS_CHURN_SEED", getpid());
	pid_t pids[MAX_WORKERS];
	int i, j, nr = 0, ret = 0;

	shared->wanted = wanted;
	shared->rounds = environment("SYNOS_CHURN_ROUNDS", 0);
	shared->end = synos_now() + share * SECOND *
		      environment("SYNOS_CHURN_SECONDS", 2);
	fflush(stdout);
	for (i = 0; i < n; i += per_process) {
		pids[nr] = synos_fork();
		if (pids[nr] < 0) {
			shared->stop = 1;
			ret = -1;
			break;
		}
		if (pids[nr++])
			continue;

		/* Half of the processes have the call start again. */
		action.sa_flags = nr % 2 ? SA_RESTART : 0;
		sigaction(SIGUSR1, &action, NULL);
		struct worker here[MAX_WORKERS] = {};

		for (j = 0; j < per_process && i + j < n; j++) {
			here[j].what = workers[i + j];
			here[j].random = (seed * 2654435761u) ^
					 ((i + j + 1) * 40503u) ^ 1;
			if (!here[j].random)
				here[j].random = 1;
			if (pthread_create(&here[j].thread, NULL, run_worker,
					   &here[j]))
				_exit(1);
		}
		while (j--)
			pthread_join(here[j].thread, NULL);
		_exit(0);
	}
	while (nr--) {
		int status;

		if (waitpid(pids[nr], &status, 0) != pids[nr] || status)
			ret = -1;
	}
	return ret || shared->failed ? -1 : 0;
}

FIXTURE(churn) {
	struct synos_sysctls sysctls;
	struct synos_telemetry before;
};

FIXTURE_SETUP(churn)
{
	ASSERT_EQ(0, synos_save_sysctls(&self->sysctls));
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	self->before = synos_counters();
}

FIXTURE_TEARDOWN_PARENT(churn)
{
	EXPECT_EQ(0, synos_restore_sysctls(&self->sysctls));
}

/* Whether there is nothing left to be in the way of anybody. */
static void check_quiet(struct __test_metadata *_metadata)
{
	static struct synos_asker askers[64];
	struct synos_recommendation rec = synos_question("still there?");
	struct synos_nl_query query;
	struct synos_daemon daemon;
	int i;

	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	ASSERT_EQ(0, synos_daemon_start(&daemon));
	/* As many as there may be: none is still pending. */
	for (i = 0; i < 64; i++)
		ASSERT_EQ(0, synos_asker_start(&askers[i], "room?", 0));
	for (i = 0; i < 64; i++) {
		ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &query,
						 SYNOS_NL_PATIENCE));
		EXPECT_STREQ("room?", query.text);
		ASSERT_EQ(0, synos_nl_answer(&daemon.nl, query.id, "yes", 1));
	}
	for (i = 0; i < 64; i++) {
		ASSERT_EQ(0, synos_asker_join(&askers[i]));
		EXPECT_EQ(0, askers[i].ret);
	}
	synos_daemon_stop(&daemon);
}

TEST_F_TIMEOUT(churn, registrations, NO_TIMEOUT)
{
	static void (*const workers[])(struct worker *) = {
		be_daemon, be_daemon, be_daemon, be_daemon, ask, ask,
		read_counters, read_proc,
	};
	struct synos_telemetry after;

	EXPECT_EQ(0, churn(workers, ARRAY_SIZE(workers), 2, 0.2, 1U << JOINED))
		TH_LOG("%s", shared->failure);
	after = synos_counters();
	EXPECT_EQ(self->before.registrations + shared->counts[REGISTERED],
		  after.registrations);
	EXPECT_EQ(self->before.updates + shared->counts[UPDATED],
		  after.updates);
	EXPECT_EQ(self->before.queries + shared->counts[ASKED],
		  after.queries);
	EXPECT_LE(self->before.answers + shared->counts[ANSWERED],
		  after.answers);
	EXPECT_GE(self->before.answers + shared->counts[ANSWERED] +
		  shared->counts[UNKNOWN], after.answers);
	EXPECT_EQ(after.answers - self->before.answers,
		  shared->counts[GOT_ANSWER]);
	EXPECT_LT(0, shared->counts[JOINED]);
	check_quiet(_metadata);
}

TEST_F_TIMEOUT(churn, questions, NO_TIMEOUT)
{
	static void (*const workers[])(struct worker *) = {
		be_daemon, ask, ask, ask, ask, ask, ask, ask, ask,
		ask_disturbed, ask_disturbed, ask_disturbed, ask, ask, ask,
		ask_disturbed, ask_disturbed, ask_disturbed, ask, ask, ask,
	};
	struct synos_telemetry after;

	EXPECT_EQ(0, churn(workers, ARRAY_SIZE(workers), 5, 0.3,
			   1U << GOT_ANSWER))
		TH_LOG("%s", shared->failure);
	after = synos_counters();
	/* Those asked anew after a signal are not known to us. */
	EXPECT_LE(self->before.queries + shared->counts[ASKED], after.queries);
	EXPECT_LE(self->before.answers + shared->counts[ANSWERED],
		  after.answers);
	EXPECT_GE(self->before.answers + shared->counts[ANSWERED] +
		  shared->counts[UNKNOWN], after.answers);
	EXPECT_EQ(after.answers - self->before.answers,
		  shared->counts[GOT_ANSWER]);
	EXPECT_LT(0, shared->counts[GOT_ANSWER]);
	check_quiet(_metadata);
}

TEST_F_TIMEOUT(churn, events, NO_TIMEOUT)
{
	static void (*const workers[])(struct worker *) = {
		log_some, log_some, listen_some, read_proc,
		log_some, listen_some, listen_some, set_limits,
		log_unprivileged, log_unprivileged, read_counters, read_proc,
	};
	struct synos_telemetry after;

	EXPECT_EQ(0, churn(workers, ARRAY_SIZE(workers), 4, 0.3,
			   1U << LOGGED | 1U << DUMPED))
		TH_LOG("%s", shared->failure);
	after = synos_counters();
	EXPECT_EQ(self->before.events_logged + self->before.events_filtered +
		  shared->counts[LOGGED],
		  after.events_logged + after.events_filtered);
	EXPECT_EQ(self->before.events_limited + shared->counts[LIMITED],
		  after.events_limited);
	EXPECT_LT(0, shared->counts[LOGGED]);
	EXPECT_LT(0, shared->counts[DUMPED]);
}

TEST_F_TIMEOUT(churn, everything, NO_TIMEOUT)
{
	static void (*const workers[])(struct worker *) = {
		be_daemon, log_some, ask, listen_some,
		serve_and_die,
		ask_and_die,
		ask, ask_disturbed, log_unprivileged, set_limits,
		serve_and_die,
		ask_and_die,
		be_daemon, ask, ask_disturbed, listen_some,
		read_proc, read_counters, ask, log_some,
	};
	struct synos_telemetry after;

	EXPECT_EQ(0, churn(workers, ARRAY_SIZE(workers), 4, 0.4,
			   1U << KILLED))
		TH_LOG("%s", shared->failure);
	after = synos_counters();
	/* Of those killed nobody knows how far they got. */
	EXPECT_LE(self->before.registrations + shared->counts[REGISTERED],
		  after.registrations);
	EXPECT_LE(self->before.answers + shared->counts[ANSWERED],
		  after.answers);
	EXPECT_LE(shared->counts[GOT_ANSWER],
		  after.answers - self->before.answers);
	EXPECT_EQ(self->before.events_logged + self->before.events_filtered +
		  shared->counts[LOGGED],
		  after.events_logged + after.events_filtered);
	EXPECT_LT(0, shared->counts[KILLED]);
	check_quiet(_metadata);
}

/* -- leaks ---------------------------------------------------------------- */

#define DEBUGFS	"/sys/kernel/debug"

static char leaks[1 << 20];

TEST_F_TIMEOUT(churn, no_leaks, NO_TIMEOUT)
{
	/* What is younger than 5 s is not looked at. */
	struct timespec age = { .tv_sec = 6 };
	char *at, *end;
	int i;

	if (access(DEBUGFS "/kmemleak", F_OK)) {
		ASSERT_EQ(0, unshare(CLONE_NEWNS));
		ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
		if (access(DEBUGFS "/kmemleak", F_OK))
			SKIP(return, "the kernel has no kmemleak");
	}
	nanosleep(&age, NULL);
	/* Once for what it saw on a stack the first time. */
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, synos_write_file(DEBUGFS "/kmemleak", "scan"));
	ASSERT_LE(0, synos_read_file(DEBUGFS "/kmemleak", leaks, sizeof(leaks)));
	for (at = leaks; *at; at = end) {
		end = strstr(at + 1, "unreferenced object");
		if (!end)
			end = at + strlen(at);
		EXPECT_EQ(NULL, memmem(at, end - at, "synos", 5)) {
			TH_LOG("%.*s", (int)(end - at), at);
		}
	}
}

TEST_HARNESS_MAIN
