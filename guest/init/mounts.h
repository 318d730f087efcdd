/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs expect to be mounted. */
#ifndef KBT_MOUNTS_H
#define KBT_MOUNTS_H

#include <sys/mount.h>
#include <sys/stat.h>

#include "say.h"

static const struct {
	const char *type, *where, *options;
	int required;
} mounts[] = {
	{ "devtmpfs", "/dev", NULL, 1 },
	{ "proc", "/proc", NULL, 1 },
	{ "sysfs", "/sys", NULL, 1 },
	{ "devpts", "/dev/pts", "mode=620,ptmxmode=666", 0 },
	{ "tmpfs", "/dev/shm", "mode=1777", 0 },
	{ "tmpfs", "/tmp", "mode=1777", 0 },
	{ "tmpfs", "/run", "mode=755", 0 },
	{ "debugfs", "/sys/kernel/debug", NULL, 0 },
	{ "tracefs", "/sys/kernel/tracing", NULL, 0 },
};

static void mount_on(const char *where, const char *type, const char *options,
		     int required)
{
	mkdir(where, 0755);
	if (mount(type, where, type, MS_NOSUID, options) && errno != EBUSY &&
	    required)
		say(where);
}

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		mount_on(mounts[i].where, mounts[i].type, mounts[i].options,
			 mounts[i].required);
}

#endif
