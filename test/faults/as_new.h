/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the guest is as init left it: what a program before this one may have spoiled. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The first line of a file of /proc, without its newline; empty where it cannot be read. */
static inline const char *first_line(const char *path)
{
	static char line[256];
	FILE *file = fopen(path, "r");

	line[0] = '\0';
	if (file) {
		if (fgets(line, sizeof(line), file))
			line[strcspn(line, "\n")] = '\0';
		fclose(file);
	}
	return line;
}

static inline int is_empty(const char *path)
{
	DIR *directory = opendir(path);
	int names = 0;

	while (directory && readdir(directory))
		names++;
	if (directory)
		closedir(directory);
	return names == 2;
}

/*
 * Of the processes only init, dropbear, the observer and what runs this program have a
 * command line.
 */
static inline int is_alone(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	char path[300];
	int others = 0;

	while (proc && (entry = readdir(proc))) {
		const char *line;
		int pid = atoi(entry->d_name);

		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		line = first_line(path);
		others += pid > 1 && pid != getpid() && *line &&
			  !strstr(line, "dropbear") &&
			  !strstr(line, "/sbin/observer");
	}
	if (proc)
		closedir(proc);
	return proc && others == 0;
}

static inline int is_mounted_otherwise(void)
{
	static const char usual[] = " / /dev /proc /sys /dev/pts /dev/shm /tmp "
				    "/run /kbt /sys/kernel/debug /sys/kernel/tracing ";
	FILE *file = fopen("/proc/mounts", "r");
	char line[512], point[256], word[260];
	int strange = !file;

	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "%*s %255s", point);
		snprintf(word, sizeof(word), " %s ", point);
		strange += !strstr(usual, word) || strstr(line, " ro,");
	}
	if (file)
		fclose(file);
	return strange;
}

/* Names what is not as it was, or NULL. */
static inline const char *spoiled(void)
{
	static const char *const mounted[] = { "/proc", "/sys", "/tmp", "/dev/shm" };
	struct stat root, program;

	stat("/", &root);
	for (size_t i = 0; i < sizeof(mounted) / sizeof(mounted[0]); i++)
		if (stat(mounted[i], &program) || program.st_dev == root.st_dev)
			return "mounts";
	if (is_mounted_otherwise())
		return "mounts";
	if (!is_empty("/tmp") || !is_empty("/dev/shm"))
		return "files";
	if (!is_alone())
		return "processes";
	if (strcmp(first_line("/proc/sys/kernel/hostname"), "kbt"))
		return "hostname";
	if (atoi(first_line("/proc/sys/kernel/panic_on_warn")) ||
	    atoi(first_line("/proc/sys/kernel/panic")) != -1)
		return "sysctl";
	if (!strcmp(first_line("/sys/devices/system/cpu/cpu1/online"), "0"))
		return "processors";
	/* It was packed within the last day. */
	if (stat("/proc/self/exe", &program) ||
	    labs(time(NULL) - program.st_mtime) > 24 * 60 * 60)
		return "clock";
	return NULL;
}
