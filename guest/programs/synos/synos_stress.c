// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads that write while others read: what is read was written by one
 * of them, and whole.
 */
#include "synos.h"
#include "kselftest_harness.h"

#define WRITERS		8
#define READERS		4
#define ROUNDS		1000
/* Reads that each reader has to do while all writers write, ... */
#define ENOUGH		3
/* ... for which they go on, but no longer than that. */
#define MAX_ROUNDS	(100 * ROUNDS)

static int fd;
static int writing;
/* Writers that have written, and did not stop. */
static int running;
/* Readers that have had enough. */
static int satisfied;
/* What all writers wrote. */
static unsigned long written;
static pthread_barrier_t barrier;

/* It rises once and falls once: true twice is true in between. */
static int all_run(void)
{
	return __atomic_load_n(&running, __ATOMIC_SEQ_CST) == WRITERS;
}

static int go_on(unsigned int i)
{
	return i < ROUNDS ||
	       (i < MAX_ROUNDS &&
		__atomic_load_n(&satisfied, __ATOMIC_SEQ_CST) < READERS);
}

static void wrote(unsigned int i)
{
	__atomic_add_fetch(&written, 1, __ATOMIC_SEQ_CST);
	if (!i)
		__atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
}

static void stop_writing(void)
{
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
}

/* Counts a read, of which @began is what all_run() said before it. */
static void count_read(long *reads, int began)
{
	if (began && all_run() && ++*reads == ENOUGH)
		__atomic_add_fetch(&satisfied, 1, __ATOMIC_SEQ_CST);
}

/* All of the state follows from one number. */
static struct synos_consciousness_state state_of(unsigned int n)
{
	struct synos_consciousness_state state;

	memset(&state, 0, sizeof(state));
	state.awareness_level = n % 101;
	state.threat_level = 100 - n % 101;
	state.learning_state = n % 8;
	memset(state.current_context, 'a' + n % 26,
	       sizeof(state.current_context) - 1);
	/* The length differs, too. */
	state.current_context[1 + n % 63] = '\0';
	return state;
}

static void *update(void *arg)
{
	unsigned int i, n = (uintptr_t)arg * 7919;
	long failed = 0;

	pthread_barrier_wait(&barrier);
	for (i = 0; go_on(i); i++) {
		struct synos_consciousness_state state = state_of(n + i % ROUNDS);

		failed += synos_update_state(fd, &state, sizeof(state), 0) != 0;
		wrote(i);
	}
	stop_writing();
	return (void *)failed;
}

/* @last is the time that was read before, and becomes the one of @text. */
static int state_is_torn(const char *text, unsigned long long *last)
{
	unsigned long long awareness, threat, learning, time;
	char context[64], again[512];
	unsigned int w, i;

	if (sscanf(text, "Awareness Level: %llu\nThreat Level: %llu\n"
		   "Learning State: 0x%llx\nContext: %63[a-z]\n"
		   "Last Update: %llu ns\n", &awareness, &threat, &learning,
		   context, &time) != 5)
		return 1;
	/* To the end, and that there is nothing else. */
	snprintf(again, sizeof(again),
		 "Awareness Level: %llu\nThreat Level: %llu\n"
		 "Learning State: 0x%llx\nContext: %s\n"
		 "Last Update: %llu ns\nDaemon: registered\n", awareness, threat,
		 learning, context, time);
	if (strcmp(text, again) || !time || time < *last)
		return 1;
	*last = time;

	/* The values only ever occur together as one of the writers had. */
	for (w = 0; w < WRITERS; w++) {
		for (i = 0; i < ROUNDS; i++) {
			unsigned int n = w * 7919 + i;
			struct synos_consciousness_state state;

			if (n % 101 != awareness || n % 8 != learning)
				continue;
			state = state_of(n);
			if (state.threat_level == threat &&
			    !strcmp(state.current_context, context))
				return 0;
		}
	}
	return 1;
}

static void *read_state(void *arg)
{
	unsigned long long last = 0;
	char text[512];
	long torn = 0;
	long *reads = arg;

	pthread_barrier_wait(&barrier);
	do {
		int began = all_run();

		if (synos_read_file("/proc/synos/consciousness", text,
				    sizeof(text)) < 0 ||
		    state_is_torn(text, &last))
			torn++;
		count_read(reads, began);
	} while (__atomic_load_n(&writing, __ATOMIC_ACQUIRE));
	return (void *)torn;
}

/* Byte by byte: the file is not written anew in the middle of it. */
static void *read_state_bytes(void *arg)
{
	unsigned long long last = 0;
	char text[512];
	long torn = 0;
	long *reads = arg;

	pthread_barrier_wait(&barrier);
	do {
		int began = all_run();
		int in = open("/proc/synos/consciousness", O_RDONLY);
		size_t len = 0;

		while (len < sizeof(text) - 1 && read(in, text + len, 1) == 1)
			len++;
		text[len] = '\0';
		close(in);
		torn += state_is_torn(text, &last);
		count_read(reads, began);
	} while (__atomic_load_n(&writing, __ATOMIC_ACQUIRE));
	return (void *)torn;
}

static void run(struct __test_metadata *_metadata, void *(*writer)(void *),
		void *(*reader)(void *), void *(*reader2)(void *))
{
	pthread_t writers[WRITERS], readers[READERS];
	long reads[READERS] = {};
	void *failed;
	long i;

	running = 0;
	satisfied = 0;
	written = 0;
	__atomic_store_n(&writing, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(0, pthread_barrier_init(&barrier, NULL, WRITERS + READERS));
	for (i = 0; i < READERS; i++)
		ASSERT_EQ(0, pthread_create(&readers[i], NULL,
					    i % 2 ? reader : reader2, &reads[i]));
	for (i = 0; i < WRITERS; i++)
		ASSERT_EQ(0, pthread_create(&writers[i], NULL, writer, (void *)i));
	for (i = 0; i < WRITERS; i++) {
		ASSERT_EQ(0, pthread_join(writers[i], &failed));
		EXPECT_EQ(NULL, failed);
	}
	__atomic_store_n(&writing, 0, __ATOMIC_RELEASE);
	for (i = 0; i < READERS; i++) {
		ASSERT_EQ(0, pthread_join(readers[i], &failed));
		EXPECT_EQ(NULL, failed);
		ASSERT_LE(ENOUGH, reads[i]);
	}
}

TEST(state_is_never_torn)
{
	struct synos_consciousness_state state = state_of(0);
	struct synos_telemetry before, after;

	ASSERT_EQ(0, synos_get_telemetry(&before, sizeof(before), 0));
	fd = synos_register_consciousness(&state, sizeof(state), 0);
	ASSERT_LE(0, fd);
	run(_metadata, update, read_state, read_state_bytes);
	close(fd);
	ASSERT_EQ(0, synos_get_telemetry(&after, sizeof(after), 0));
	EXPECT_EQ(before.updates + written, after.updates);
}

/* All of an event follows from its severity and the first letter. */
static void *log_events(void *arg)
{
	unsigned int i, n = (uintptr_t)arg;
	long failed = 0;

	pthread_barrier_wait(&barrier);
	for (i = 0; go_on(i); i++) {
		unsigned int severity = (n + i) % 10;
		struct synos_ai_event event;

		event = synos_event(1 + severity % 4, severity, "");
		memset(event.description, 'a' + severity, 1 + 12 * severity);
		failed += synos_log_event(&event, sizeof(event), 0) != 0;
		wrote(i);
	}
	stop_writing();
	return (void *)failed;
}

static int event_is_torn(const struct synos_line *line)
{
	static const char *const names[] = {
		"syscall", "security", "network", "filesystem",
	};
	size_t i;

	if (line->severity > 9 || strcmp(line->type, names[line->severity % 4]) ||
	    line->pid != getpid() ||
	    strlen(line->description) != 1 + 12 * line->severity)
		return 1;
	for (i = 0; line->description[i]; i++)
		if (line->description[i] != (char)('a' + line->severity))
			return 1;
	return 0;
}

static int events_are_torn(const char *text)
{
	unsigned long long seq = 0, time = 0;
	struct synos_line line;

	while (*text) {
		text = synos_parse_line(text, &line);
		if (!text || event_is_torn(&line) ||
		    (seq && line.seq != seq + 1) || line.time < time)
			return 1;
		seq = line.seq;
		time = line.time;
	}
	return !seq;
}

static void *read_events(void *arg)
{
	char *text = malloc(SYNOS_EVENTS_BUF);
	long torn = 0;
	long *reads = arg;

	pthread_barrier_wait(&barrier);
	do {
		int began = all_run();

		if (synos_read_file("/proc/synos/events", text,
				    SYNOS_EVENTS_BUF) < 0 ||
		    events_are_torn(text))
			torn++;
		count_read(reads, began);
	} while (__atomic_load_n(&writing, __ATOMIC_ACQUIRE));
	free(text);
	return (void *)torn;
}

/* Twice out of the same open file, by small reads and by offset. */
static void *read_events_twice(void *arg)
{
	char *text = malloc(SYNOS_EVENTS_BUF), chunk[333];
	long torn = 0;
	long *reads = arg;

	pthread_barrier_wait(&barrier);
	do {
		int began = all_run();
		int in = open("/proc/synos/events", O_RDONLY);
		size_t len = 0;
		ssize_t n;

		while ((n = read(in, text + len, sizeof(chunk))) > 0)
			len += n;
		text[len] = '\0';
		torn += events_are_torn(text);
		for (n = len - sizeof(chunk); n >= 0; n -= 4999)
			if (pread(in, chunk, sizeof(chunk), n) <= 0 ||
			    chunk[0] != text[n])
				torn++;
		close(in);
		count_read(reads, began);
	} while (__atomic_load_n(&writing, __ATOMIC_ACQUIRE));
	free(text);
	return (void *)torn;
}

TEST(events_are_never_torn)
{
	struct synos_telemetry before, after;
	uint64_t i;

	/* What others logged before does not follow the rule. */
	ASSERT_EQ(0, synos_get_telemetry(&before, sizeof(before), 0));
	for (i = 0; i < before.ring_capacity; i++) {
		struct synos_ai_event event = synos_event(1, 0, "a");

		ASSERT_EQ(0, synos_log_event(&event, sizeof(event), 0));
	}
	ASSERT_EQ(0, synos_get_telemetry(&before, sizeof(before), 0));
	ASSERT_EQ(before.ring_capacity,
		  before.events_logged - before.events_dropped);

	run(_metadata, log_events, read_events, read_events_twice);

	ASSERT_EQ(0, synos_get_telemetry(&after, sizeof(after), 0));
	EXPECT_EQ(before.events_logged + written, after.events_logged);
	EXPECT_EQ(before.events_dropped + written, after.events_dropped);
}

static int holders;

/* Never are there two, however many try. */
static void *fight(void *arg)
{
	long failed = 0, won = 0;
	unsigned int i;

	(void)arg;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < ROUNDS; i++) {
		int mine = synos_register();

		if (mine < 0) {
			failed += errno != EBUSY;
			continue;
		}
		won++;
		failed += __atomic_add_fetch(&holders, 1, __ATOMIC_SEQ_CST) != 1;
		__atomic_sub_fetch(&holders, 1, __ATOMIC_SEQ_CST);
		failed += close(mine) != 0;
	}
	__atomic_add_fetch(&fd, won, __ATOMIC_SEQ_CST);
	return (void *)failed;
}

TEST(one_daemon_at_a_time)
{
	struct synos_telemetry before, after;
	pthread_t threads[WRITERS];
	void *failed;
	long i;

	fd = 0;
	ASSERT_EQ(0, synos_get_telemetry(&before, sizeof(before), 0));
	ASSERT_EQ(0, pthread_barrier_init(&barrier, NULL, WRITERS));
	for (i = 0; i < WRITERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, fight, NULL));
	for (i = 0; i < WRITERS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &failed));
		EXPECT_EQ(NULL, failed);
	}
	ASSERT_EQ(0, synos_get_telemetry(&after, sizeof(after), 0));
	EXPECT_LT(0, fd);
	EXPECT_EQ(before.registrations + fd, after.registrations);
}

TEST_HARNESS_MAIN
