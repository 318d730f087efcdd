/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A root file system of the user's, on the first disk. kbt's own programs stay in the
 * initramfs, whatever the root holds; starter.c alone goes over into it, and refuses to
 * where it is not there.
 */
#ifndef KBT_USER_ROOT_H
#define KBT_USER_ROOT_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mounts.h"
#include "say.h"

/* "kbt.root=TYPE" of the command line, which harness/vm/machine.ts writes; NULL without one. */
static const char *user_root_type(void)
{
	static char line[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	close(fd);
	if (got < 0)
		return NULL;
	line[got] = '\0';
	for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"))
		if (!strncmp(word, "kbt.root=", 9))
			return word + 9;
	return NULL;
}

/* As systemd mounts them, where the kernel has them: tests look for them there. */
static const char *const interfaces[][2] = {
	{ "cgroup2", "/sys/fs/cgroup" },
	{ "bpf", "/sys/fs/bpf" },
	{ "securityfs", "/sys/kernel/security" },
	{ "mqueue", "/dev/mqueue" },
	{ "hugetlbfs", "/dev/hugepages" },
};

static int no_root(const char *what)
{
	char text[100];

	snprintf(text, sizeof(text), "no root: %s", what);
	say(text);
	return -1;
}

/* By a process of its own: where the root has a link, it leads to a place in the root. */
static int mount_in_root(int tests)
{
	char from[40];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (chroot("/.."))
			_exit(no_root("/.."));
		mount_all();
		for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++)
			mount_on(interfaces[i][1], interfaces[i][0], NULL, 0);
		if (access("/dev/null", F_OK) || access("/proc/self", F_OK))
			_exit(no_root("/dev or /proc"));
		mkdir("/tests", 0755);
		snprintf(from, sizeof(from), "/proc/self/fd/%d", tests);
		if (mount(from, "/tests", NULL, MS_BIND, NULL))
			_exit(no_root("/tests"));
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return no_root("mounts");
	return WEXITSTATUS(status) ? -1 : 0;
}

/* What is written goes to memory: the disk stays as it is. */
static int enter_user_root(void)
{
	const char *type = user_root_type();
	/* A journal that was not played back stays as it is. */
	const char *options = type && !strcmp(type, "ext4") ? "noload" : NULL;
	int tests, done;

	if (!type)
		return 0;
	tests = open("/tests", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdir("/lower", 0755);
	mkdir("/written", 0755);
	mkdir("/newroot", 0755);
	if (mount("/dev/vda", "/lower", type, MS_RDONLY, options))
		return no_root("/dev/vda");
	if (mount("tmpfs", "/written", "tmpfs", 0, "mode=755") ||
	    mkdir("/written/upper", 0755) || mkdir("/written/work", 0755))
		return no_root("tmpfs");
	if (mount("overlay", "/newroot", "overlay", 0,
		  "lowerdir=/lower,upperdir=/written/upper,workdir=/written/work"))
		return no_root("overlay");
	/* Over this root, as switch_root(8) does it: in a chroot there is no user namespace. */
	if (mount("/newroot", "/", NULL, MS_MOVE, NULL))
		return no_root("/");
	done = mount_in_root(tests);
	close(tests);
	return done;
}

#endif
