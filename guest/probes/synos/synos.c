// SPDX-License-Identifier: GPL-2.0-only
/* The series' own calls and files. */
#include <fcntl.h>
#include <unistd.h>
#include "synos.h"
#include "probe.h"

static int state_fd = -1;

/* Registered once: a second daemon is refused. */
static int update_before(void)
{
	if (state_fd < 0)
		state_fd = synos_register();
	return state_fd < 0;
}

static int update_run(void)
{
	static struct synos_consciousness_state state;

	state = synos_state(50, 50, "probe");
	return synos_update_state(state_fd, &state, sizeof(state), 0);
}

static int telemetry_run(void)
{
	static struct synos_telemetry telemetry;

	return synos_get_telemetry(&telemetry, sizeof(telemetry), 0);
}

static int log_run(void)
{
	return synos_log(SYNOS_EVENT_MASK_SYSCALL, "probe");
}

/* Nobody answers: what a question costs until that is known. */
static int query_run(void)
{
	static struct synos_recommendation rec;

	rec = synos_question("probe");
	return synos_query_recommendation(&rec, sizeof(rec), 0) != -1 ||
	       errno == ENOSYS;
}

static int file_run(void)
{
	static char text[4096];
	int fd = open("/proc/synos/telemetry", O_RDONLY);
	int err = fd < 0 || read(fd, text, sizeof(text)) <= 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static const struct probe probes[] = {
	{ "synos_get_telemetry", telemetry_run, NULL, NULL },
	{ "synos_log_event", log_run, NULL, NULL },
	{ "synos_query_recommendation", query_run, NULL, NULL },
	{ "synos_update_state", update_run, update_before, NULL },
	{ "/proc/synos/telemetry", file_run, NULL, NULL },
};

PROBE_MAIN(probes)
