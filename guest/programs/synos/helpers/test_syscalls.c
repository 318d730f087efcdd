// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_syscalls - try the SynOS system calls, each of them once
 *
 * Says what came back.  The exit status is 0 if that can be explained, by a
 * daemon or the privileges that are there or not, else 1.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/synos_ai.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int failed;

/*
 * Says what a call returned.  @excuses are the errors that say something of the
 * system rather than of the call, 0 at the end.
 */
static void report(const char *name, long ret, int err, const int *excuses)
{
	if (ret >= 0) {
		printf("%-30s %ld\n", name, ret);
		return;
	}
	printf("%-30s %s\n", name, strerror(err));
	while (*excuses && *excuses != err)
		excuses++;
	failed |= !*excuses;
}

int main(void)
{
	static const int none[] = { 0 };
	/* Not privileged, or there is a daemon. */
	static const int of_register[] = { EPERM, EBUSY, 0 };
	/* Nobody there, or not in the mood. */
	static const int of_query[] = {
		ENOTCONN, EAGAIN, ETIMEDOUT, ECONNRESET, 0
	};
	/* Not for this user at all, or not that often. */
	static const int of_log[] = { EPERM, EAGAIN, 0 };
	struct synos_consciousness_state state = {
		.awareness_level = 75,
		.threat_level = 20,
		.learning_state = SYNOS_LEARNING_ACTIVE,
		.current_context = "test_syscalls",
	};
	struct synos_recommendation rec = {
		.query = "Is this a test?",
	};
	struct synos_ai_event event = {
		.event_type = SYNOS_EVENT_SYSCALL,
		.severity = 1,
		.description = "test_syscalls was run",
	};
	struct synos_telemetry telemetry;
	struct timespec now;
	long fd, ret;

	fd = syscall(__NR_synos_register_consciousness, &state, sizeof(state),
		     0);
	report("synos_register_consciousness", fd, errno, of_register);

	if (fd >= 0) {
		state.threat_level = 40;
		ret = syscall(__NR_synos_update_state, fd, &state,
			      sizeof(state), 0);
		report("synos_update_state", ret, errno, none);
	} else {
		/* Nothing to update it by, which is what it should say. */
		ret = syscall(__NR_synos_update_state, -1, &state,
			      sizeof(state), 0);
		report("synos_update_state", ret, errno,
		       (const int[]){ EBADF, 0 });
	}

	clock_gettime(CLOCK_MONOTONIC, &now);
	rec.deadline = (now.tv_sec + 2) * 1000000000ULL + now.tv_nsec;
	ret = syscall(__NR_synos_query_recommendation, &rec, sizeof(rec), 0);
	report("synos_query_recommendation", ret, errno, of_query);
	if (!ret)
		printf("    %s (%u %%)\n", rec.response, rec.confidence);

	ret = syscall(__NR_synos_log_event, &event, sizeof(event), 0);
	report("synos_log_event", ret, errno, of_log);

	ret = syscall(__NR_synos_get_telemetry, &telemetry, sizeof(telemetry),
		      0);
	report("synos_get_telemetry", ret, errno, none);
	if (!ret)
		printf("    %llu registrations, %llu queries, %llu events\n",
		       (unsigned long long)telemetry.registrations,
		       (unsigned long long)telemetry.queries,
		       (unsigned long long)telemetry.events_logged);

	if (fd >= 0)
		close(fd);
	return failed;
}
