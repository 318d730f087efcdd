// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints, as tracefs shows them and as BPF programs are called by them.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <linux/bpf.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define MS	1000000ULL

static char text[1 << 20];

/* -- tracefs -------------------------------------------------------------- */

/*
 * An instance of its own, so that nobody's tracing is disturbed, in a mount of
 * its own, as there need not be one.
 */
FIXTURE(trace) {
	char base[64], dir[128];
};

static int have_tracefs(void)
{
	static char filesystems[16384];

	return synos_read_file("/proc/filesystems", filesystems,
			       sizeof(filesystems)) > 0 &&
	       strstr(filesystems, "\ttracefs\n");
}

FIXTURE_SETUP(trace)
{
	char path[512];

	if (!have_tracefs())
		SKIP(return, "the kernel has no tracefs");
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	snprintf(self->base, sizeof(self->base), "/tmp/synos_trace.%d",
		 getpid());
	ASSERT_EQ(0, mkdir(self->base, 0700));
	ASSERT_EQ(0, mount("tracefs", self->base, "tracefs", 0, NULL));
	snprintf(self->dir, sizeof(self->dir), "%s/instances/synos.%d",
		 self->base, getpid());
	snprintf(path, sizeof(path), "%s/events/synos", self->base);
	if (access(path, F_OK))
		SKIP(return, "the kernel traces no events");
	ASSERT_EQ(0, mkdir(self->dir, 0700));
}

FIXTURE_TEARDOWN(trace)
{
	if (self->dir[0])
		rmdir(self->dir);
	if (self->base[0]) {
		umount2(self->base, MNT_DETACH);
		rmdir(self->base);
	}
}

static int write_in(const char *dir, const char *name, const char *what)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return synos_write_file(path, what);
}

static int read_in(const char *dir, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return synos_read_file(path, text, sizeof(text)) < 0 ? -1 : 0;
}

/* Reads the trace anew, and tells how often a line ends like that. */
static __printf(2, 3) int traced(const char *dir, const char *format, ...)
{
	char line[512], *at;
	size_t len;
	va_list ap;
	int n = 0;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	len = strlen(line);
	if (read_in(dir, "trace"))
		return -1;
	for (at = text; (at = strstr(at, line)); at += len)
		n += at[len] == '\n';
	return n;
}

TEST_F(trace, all_there)
{
	static const struct {
		const char *name, *fields[6];
	} events[] = {
		{ "synos_state", { " registered;", " awareness;", " threat;",
				   " learning;", " context;" } },
		{ "synos_event", { " seq;", " type;", " severity;", " pid;",
				   " uid;", " description;" } },
		{ "synos_query", { " id;", " pid;", " query;" } },
		{ "synos_answer", { " id;", " result;", " confidence;" } },
	};
	char name[64];
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(events); i++) {
		snprintf(name, sizeof(name), "events/synos/%s/format",
			 events[i].name);
		ASSERT_EQ(0, read_in(self->dir, name));
		for (j = 0; j < 6 && events[i].fields[j]; j++)
			EXPECT_NE(NULL, strstr(text, events[i].fields[j])) {
				TH_LOG("%s:%s", events[i].name,
				       events[i].fields[j]);
			}
	}
}

/* How often a state is in the trace. */
static int traced_state(const char *dir, int registered,
			const struct synos_consciousness_state *state)
{
	char levels[128], rest[128];

	snprintf(levels, sizeof(levels), "awareness=%llu threat=%llu",
		 state->awareness_level, state->threat_level);
	snprintf(rest, sizeof(rest), "learning=0x%llx context=%s",
		 state->learning_state, state->current_context);
	return traced(dir, ": synos_state: registered=%d %s %s", registered,
		      levels, rest);
}

/* The same for an event. */
static int traced_event(const char *dir, uint64_t seq, const char *type,
			uint32_t severity, pid_t pid, uid_t uid,
			const char *description)
{
	char kind[128], rest[256];

	snprintf(kind, sizeof(kind), "type=%s severity=%u", type, severity);
	snprintf(rest, sizeof(rest), "pid=%d uid=%u description=%s", pid, uid,
		 description);
	return traced(dir, ": synos_event: seq=%llu %s %s",
		      (unsigned long long)seq, kind, rest);
}

TEST_F(trace, state)
{
	struct synos_consciousness_state state = synos_state(11, 22, "begins");
	const struct synos_consciousness_state none = {};
	int fd;

	ASSERT_EQ(0, write_in(self->dir, "events/synos/synos_state/enable", "1"));
	fd = synos_register_consciousness(&state, sizeof(state), 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, traced_state(self->dir, 1, &state));
	state = synos_state(33, 44, "goes on");
	state.learning_state = SYNOS_ANALYZING;
	EXPECT_EQ(0, synos_update_state(fd, &state, sizeof(state), 0));
	EXPECT_EQ(1, traced_state(self->dir, 1, &state));

	/* What is refused is no change. */
	EXPECT_ERR(EBUSY, synos_register());
	state.threat_level = 101;
	EXPECT_ERR(EINVAL, synos_update_state(fd, &state, sizeof(state), 0));
	EXPECT_EQ(0, traced_state(self->dir, 1, &state));
	EXPECT_EQ(0, traced_state(self->dir, 0, &none));
	close(fd);
	EXPECT_EQ(1, traced_state(self->dir, 0, &none));
	EXPECT_EQ(1, traced(self->dir, "goes on"));
}

TEST_F(trace, event)
{
	static const char *const names[] = {
		"syscall", "security", "network", "filesystem",
	};
	uid_t uid = synos_fresh_uid();
	struct synos_ai_event event;
	unsigned long long seq;
	uint32_t type;
	pid_t pid;

	ASSERT_EQ(0, write_in(self->dir, "events/synos/synos_event/enable", "1"));
	for (type = 1; type <= 4; type++) {
		event = synos_event(type, 2 * type, "is traced");
		ASSERT_EQ(0, synos_log_event(&event, sizeof(event), 0));
		seq = synos_counters().events_logged;
		EXPECT_EQ(1, traced_event(self->dir, seq, names[type - 1],
					  2 * type, getpid(), 0, "is traced"));
	}
	event.severity = 11;
	EXPECT_ERR(EINVAL, synos_log_event(&event, sizeof(event), 0));
	EXPECT_EQ(4, traced(self->dir, "is traced"));

	/* As they are outside of all namespaces. */
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(getpid() != 1 || synos_be(uid) ||
		      synos_be_namespace_root() ||
		      synos_log(SYNOS_EVENT_NETWORK, "from inside"));
	ASSERT_EQ(0, synos_reap(pid));
	seq = synos_counters().events_logged;
	EXPECT_EQ(1, traced_event(self->dir, seq, "network", 5, pid, uid,
				  "from inside"));
}

TEST_F(trace, refused_events)
{
	struct synos_sysctls sysctls;

	ASSERT_EQ(0, synos_save_sysctls(&sysctls));
	ASSERT_EQ(0, write_in(self->dir, "events/synos/synos_event/enable", "1"));
	ASSERT_EQ(0, synos_set_sysctl("min_severity", 6));
	EXPECT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "not severe"));
	EXPECT_EQ(0, synos_restore_sysctls(&sysctls));
	EXPECT_EQ(0, traced(self->dir, "not severe"));
	EXPECT_EQ(0, synos_log(SYNOS_EVENT_SYSCALL, "severe"));
	EXPECT_EQ(1, traced(self->dir, "severe"));
}

TEST_F(trace, query_and_answer)
{
	struct synos_recommendation rec = synos_question("too late?");
	struct synos_daemon daemon;
	struct synos_nl_query query;
	struct synos_asker asker;
	unsigned long long id;

	ASSERT_EQ(0, write_in(self->dir, "events/synos/synos_query/enable", "1"));
	ASSERT_EQ(0, write_in(self->dir, "events/synos/synos_answer/enable", "1"));
	ASSERT_EQ(0, synos_daemon_start(&daemon));

	ASSERT_EQ(0, synos_asker_start(&asker, "traced?", 0));
	ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &query, SYNOS_NL_PATIENCE));
	id = query.id;
	EXPECT_EQ(1, traced(self->dir, ": synos_query: id=%llu pid=%d query=traced?",
			    id, getpid()));
	EXPECT_EQ(0, traced(self->dir, ": synos_answer: id=%llu result=0 confidence=66",
			    id));
	ASSERT_EQ(0, synos_nl_answer(&daemon.nl, query.id, "yes", 66));
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(1, traced(self->dir, ": synos_answer: id=%llu result=0 confidence=66",
			    id));

	rec.deadline = synos_now() + 10 * MS;
	EXPECT_ERR(ETIMEDOUT, synos_query_recommendation(&rec, sizeof(rec), 0));
	ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &query, SYNOS_NL_PATIENCE));
	id = query.id;
	EXPECT_EQ(1, traced(self->dir, ": synos_query: id=%llu pid=%d query=too late?",
			    id, getpid()));
	EXPECT_EQ(1, traced(self->dir, ": synos_answer: id=%llu result=%d confidence=0",
			    id, -ETIMEDOUT));

	ASSERT_EQ(0, synos_asker_start(&asker, "gone?", 0));
	ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &query, SYNOS_NL_PATIENCE));
	id = query.id;
	synos_daemon_stop(&daemon);
	ASSERT_EQ(0, synos_asker_join(&asker));
	EXPECT_EQ(1, traced(self->dir, ": synos_answer: id=%llu result=%d confidence=0",
			    id, -ECONNRESET));

	/* Nobody to ask: that is not the daemon being asked. */
	rec = synos_question("nobody?");
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_EQ(0, traced(self->dir, "query=nobody?"));
	EXPECT_EQ(NULL, strstr(text, "synos_answer: id=0 "));
}

/* Restarted or not, a question that a signal ended has ended by EINTR. */
TEST_F(trace, interrupted_query)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	struct synos_nl_query query, second;
	struct synos_daemon daemon;
	unsigned long long id;
	int status;
	pid_t pid;

	ASSERT_EQ(0, write_in(self->dir, "events/synos/synos_answer/enable", "1"));
	ASSERT_EQ(0, synos_daemon_start(&daemon));
	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct synos_recommendation rec = synos_question("stopped?");

		sigaction(SIGCONT, &action, NULL);
		_exit(synos_query_recommendation(&rec, sizeof(rec), 0));
	}
	ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &query, SYNOS_NL_PATIENCE));
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	id = query.id;
	EXPECT_EQ(1, traced(self->dir, ": synos_answer: id=%llu result=%d confidence=0",
			    id, -EINTR));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	ASSERT_EQ(0, synos_nl_next_query(&daemon.nl, &second,
					 SYNOS_NL_PATIENCE));
	ASSERT_EQ(0, synos_nl_answer(&daemon.nl, second.id, "on", 1));
	EXPECT_EQ(0, synos_reap(pid));
	id = second.id;
	EXPECT_EQ(1, traced(self->dir, ": synos_answer: id=%llu result=0 confidence=1",
			    id));
	synos_daemon_stop(&daemon);
}

/* -- BPF ------------------------------------------------------------------ */

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* An array of one number. */
static int bpf_counter(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint64_t),
		.max_entries = 1,
	};

	return bpf(BPF_MAP_CREATE, &attr);
}

static uint64_t bpf_count(int map)
{
	uint32_t key = 0;
	uint64_t value = -1;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};

	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
		return -1;
	return value;
}

#define INSN(code_, dst, src, off_, imm_)				\
	((struct bpf_insn) {						\
		.code = (code_), .dst_reg = (dst), .src_reg = (src),	\
		.off = (off_), .imm = (imm_),				\
	})

/* A program that adds argument @arg of the tracepoint, or 1, to the counter. */
static int bpf_adder(int map, int arg, char *log, size_t log_size)
{
	struct bpf_insn insns[] = {
		/* r6 = what to add */
		arg < 0 ? INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_6, 0, 0, 1) :
			  INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_6, BPF_REG_1,
			       8 * arg, 0),
		/* r0 = map_lookup_elem(map, &(u32){ 0 }) */
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0,
		     map),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		/* if (r0) *r0 += r6, atomically */
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 1, 0),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_6, 0,
		     BPF_ADD),
		/* return 0 */
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = log_size,
		.log_level = 1,
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static int bpf_attach(int prog, const char *tracepoint)
{
	union bpf_attr attr = {
		.raw_tracepoint = {
			.name = (uintptr_t)tracepoint,
			.prog_fd = prog,
		},
	};

	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

FIXTURE(bpf) {
	int map, prog, link;
};

FIXTURE_VARIANT(bpf) {
	const char *tracepoint;
	/* Which argument to add up, or -1 to count the calls. */
	int arg;
	/* What that makes; see do_it_all(). */
	uint64_t expected;
};

/* A daemon that begins, updates twice, is asked three times, and goes; 5 events. */
static int do_it_all(void)
{
	struct synos_consciousness_state state = synos_state(1, 2, "traced");
	struct synos_recommendation rec = synos_question("late?");
	struct synos_daemon daemon;
	struct synos_nl_query query;
	struct synos_asker asker;
	int i;

	if (synos_daemon_start(&daemon))
		return -1;
	for (i = 0; i < 2; i++)
		if (synos_update_state(daemon.fd, &state, sizeof(state), 0))
			return -1;
	for (i = 0; i < 2; i++) {
		if (synos_asker_start(&asker, "traced?", 0) ||
		    synos_asker_query(&asker, &daemon.nl, &query) ||
		    synos_nl_answer(&daemon.nl, query.id, "so it is", 30 + i) ||
		    synos_asker_join(&asker) || asker.ret)
			return -1;
	}
	rec.deadline = 1;
	if (!synos_query_recommendation(&rec, sizeof(rec), 0) ||
	    errno != ETIMEDOUT)
		return -1;
	for (i = 0; i < 5; i++)
		if (synos_log(SYNOS_EVENT_SYSCALL, "traced"))
			return -1;
	synos_daemon_stop(&daemon);
	return 0;
}

FIXTURE_VARIANT_ADD(bpf, state) {
	.tracepoint = "synos_state",
	.arg = -1,
	.expected = 4,
};

/* Whether there is a daemon: all but the last time. */
FIXTURE_VARIANT_ADD(bpf, state_registered) {
	.tracepoint = "synos_state",
	.arg = 0,
	.expected = 3,
};

FIXTURE_VARIANT_ADD(bpf, event) {
	.tracepoint = "synos_event",
	.arg = -1,
	.expected = 5,
};

FIXTURE_VARIANT_ADD(bpf, query) {
	.tracepoint = "synos_query",
	.arg = -1,
	.expected = 3,
};

FIXTURE_VARIANT_ADD(bpf, answer) {
	.tracepoint = "synos_answer",
	.arg = -1,
	.expected = 3,
};

FIXTURE_VARIANT_ADD(bpf, answer_confidence) {
	.tracepoint = "synos_answer",
	.arg = 2,
	.expected = 30 + 31 + 0,
};

FIXTURE_SETUP(bpf)
{
	const int no_such_call = synos_no_such_call();
	static char log[65536];

	self->prog = -1;
	self->link = -1;
	self->map = bpf_counter();
	if (self->map < 0 && errno == no_such_call)
		SKIP(return, "the kernel has no BPF");
	ASSERT_LE(0, self->map);
	self->prog = bpf_adder(self->map, variant->arg, log, sizeof(log));
	/* A type of program that is not built in is as any unknown one. */
	if (self->prog < 0 && errno == EINVAL && !log[0])
		SKIP(return, "the kernel has no BPF programs for tracepoints");
	ASSERT_LE(0, self->prog) TH_LOG("%s", log);
	self->link = bpf_attach(self->prog, variant->tracepoint);
	ASSERT_LE(0, self->link);
}

FIXTURE_TEARDOWN(bpf)
{
	close(self->link);
	close(self->prog);
	close(self->map);
}

TEST_F(bpf, called)
{
	EXPECT_EQ(0, bpf_count(self->map));
	ASSERT_EQ(0, do_it_all());
	EXPECT_EQ(variant->expected, bpf_count(self->map));
	/* And no more once it is detached. */
	close(self->link);
	self->link = -1;
	ASSERT_EQ(0, do_it_all());
	EXPECT_EQ(variant->expected, bpf_count(self->map));
}

TEST_HARNESS_MAIN
