// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells the harness what the guest is like. It stays for as long as its connection,
 * and does all by itself: a fork and an exec would cost an emulated processor ten
 * milliseconds each time. A request is a line on its standard input:
 *
 *   log TEXT       writes TEXT to the kernel's log
 *   kill PID...    kills these processes
 *   clock SECONDS  sets the time, since 1970
 *   self           prints "self PID", its own
 *   read FILE...   prints what these hold, which are /kbt's where no slash leads them
 *   stat FILE...   prints "file FILE" and what tells whether it is another one now
 *   processes      prints the stat of each process of user space (proc_pid_stat(5))
 *   say TEXT       prints TEXT
 *
 * What is printed is sent at an empty line, at once. What is not there or cannot be
 * done is left out.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Held from the start: what a program does to the names of files later is no matter. */
static int proc, kmsg;

static int open_file(const char *path)
{
	return openat(proc, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static void copy(const char *path)
{
	char buffer[16384];
	ssize_t got;
	int fd = open_file(path);

	if (fd < 0)
		return;
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, got, stdout);
	close(fd);
}

static void log_text(const char *text)
{
	/* One write is one record, which without its newline stays open and is not shown. */
	const struct iovec record[] = {
		{ .iov_base = (void *)text, .iov_len = strlen(text) },
		{ .iov_base = "\n", .iov_len = 1 },
	};

	if (writev(kmsg, record, 2) < 0)
		perror("/dev/kmsg");
}

/* PF_KTHREAD of include/linux/sched.h */
#define KERNEL_THREAD 0x200000

static void copy_process(const char *pid)
{
	char path[300], stat[2048];
	const char *after_name;
	unsigned int flags;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/stat", pid);
	fd = open_file(path);
	if (fd < 0)
		return;
	got = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	if (got <= 0)
		return;
	stat[got] = '\0';
	after_name = strrchr(stat, ')');
	/* Most are the kernel's own, and to send them takes longer than to look. */
	if (after_name &&
	    sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	    (flags & KERNEL_THREAD))
		return;
	fputs(stat, stdout);
}

static void each_process(const char *unused)
{
	int again = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;

	(void)unused;
	while (directory && (entry = readdir(directory)))
		if (atoi(entry->d_name))
			copy_process(entry->d_name);
	if (directory)
		closedir(directory);
}

static void kill_pid(const char *pid)
{
	if (atoi(pid) > 1)
		kill(atoi(pid), SIGKILL);
}

static void set_clock(const char *seconds)
{
	const struct timespec now = { .tv_sec = atoll(seconds) };

	clock_settime(CLOCK_REALTIME, &now);
}

static void tell_file(const char *path)
{
	struct stat is;

	if (fstatat(proc, path, &is, 0))
		printf("file %s is gone\n", path);
	else
		printf("file %s %lu %lu %ld %ld.%ld\n", path, is.st_dev, is.st_ino,
		       is.st_size, is.st_ctim.tv_sec, is.st_ctim.tv_nsec);
}

static void self(const char *unused)
{
	(void)unused;
	printf("self %d\n", getpid());
}

static void say(const char *text)
{
	printf("%s\n", text);
}

static const struct {
	const char *name;
	void (*act)(const char *argument);
	/* It is done for each word. */
	int each;
} requests[] = {
	{ "log", log_text, 0 },	    { "kill", kill_pid, 1 },
	{ "clock", set_clock, 0 },  { "self", self, 0 },
	{ "read", copy, 1 },	    { "stat", tell_file, 1 },
	{ "say", say, 0 },	    { "processes", each_process, 0 },
};

static void obey(char *line)
{
	char *argument = line, *word;

	strsep(&argument, " ");
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (strcmp(line, requests[i].name))
			continue;
		if (!requests[i].each) {
			requests[i].act(argument ? argument : "");
			return;
		}
		while ((word = strsep(&argument, " ")))
			requests[i].act(word);
	}
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	proc = open("/kbt", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (proc < 0 || kmsg < 0)
		return 1;
	setvbuf(stdout, NULL, _IOFBF, 256 * 1024);
	while ((length = getline(&line, &size, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			obey(line);
		else
			fflush(stdout);
	}
	return 0;
}
