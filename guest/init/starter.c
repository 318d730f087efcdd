// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shell of root, as far as dropbear goes. A command that begins with the line
 * "kbt-start" it carries out by itself, where a shell would fork and execute five
 * times, which takes an emulated processor longer than a small program does: the
 * lines after it are root or nobody, rootfs or initramfs, the file to write what comes
 * over standard input to, the text for the kernel's log, and variables, in which \n is a
 * newline and \\ a backslash; then it becomes the program in that file, as that user, in
 * that root. All else it hands to the shell.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char START[] = "kbt-start\n";

static int give_up(const char *what)
{
	perror(what);
	return 1;
}

/* The same name may have been given to another program before, which may still run. */
static int take_file(const char *path)
{
	static char buffer[65536];
	ssize_t got;
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fd < 0)
		return -1;
	while ((got = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
		for (ssize_t put = 0, some; put < got; put += some) {
			some = write(fd, buffer + put, got - put);
			if (some < 0)
				return -1;
		}
	if (got < 0 || fchmod(fd, 0755))
		return -1;
	return close(fd);
}

/* One write is one record. */
static int log_begin(const char *text)
{
	char record[512];
	int length = snprintf(record, sizeof(record), "%s pid %d\n", text,
			      getpid());
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || length >= (int)sizeof(record))
		return -1;
	if (write(fd, record, length) != length)
		return -1;
	return close(fd);
}

/* In place: what is meant is never longer than how it is written. */
static char *unescaped(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\\' && from[1])
			*to++ = *++from == 'n' ? '\n' : *from;
		else
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

/* ".." of the root leads to what init has moved over it, and to the root where that is nothing. */
static int enter_root(void)
{
	struct stat own, top;

	if (stat("/", &own) || stat("/..", &top))
		return -1;
	if (own.st_dev == top.st_dev && own.st_ino == top.st_ino) {
		errno = ENOENT;
		return -1;
	}
	setenv("PATH",
	       "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	return chroot("/..");
}

/* As su(1) does it; the numbers are those of harness/guest/image.ts. */
static int become_nobody(void)
{
	const gid_t nogroup = 65534;

	setenv("HOME", "/", 1);
	setenv("USER", "nobody", 1);
	setenv("LOGNAME", "nobody", 1);
	return setgroups(1, &nogroup) || setgid(nogroup) || setuid(65534);
}

static int start(char *lines)
{
	char *user = strsep(&lines, "\n"), *root = strsep(&lines, "\n");
	char *file = strsep(&lines, "\n"), *text = strsep(&lines, "\n");
	char *argv[] = { file, NULL };
	int nothing, why;

	if (!text)
		return give_up("kbt-start");
	if (!strcmp(root, "rootfs") && enter_root())
		return give_up("the root file system");
	if (take_file(file))
		return give_up(file);
	if (chdir("/tmp"))
		return give_up("/tmp");
	setenv("PWD", "/tmp", 1);
	nothing = open("/dev/null", O_RDONLY);
	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0)
		return give_up("/dev/null");
	if (nothing != STDIN_FILENO)
		close(nothing);
	if (log_begin(text))
		return give_up("/dev/kmsg");
	if (strcmp(user, "root") && become_nobody())
		return give_up(user);
	for (char *variable; (variable = strsep(&lines, "\n"));)
		putenv(unescaped(variable));
	/* What has no head that the kernel knows is a script, as for env(1). */
	execvp(file, argv);
	why = errno;
	if (why == ENOENT && !access(file, F_OK))
		fprintf(stderr, "%s: its interpreter or loader is not there\n",
			file);
	else
		fprintf(stderr, "%s: %s\n", file, strerror(why));
	return why == ENOENT ? 127 : 126;
}

int main(int argc, char **argv)
{
	setenv("SHELL", "/bin/sh", 1);
	if (argc == 3 && !strcmp(argv[1], "-c") &&
	    !strncmp(argv[2], START, sizeof(START) - 1))
		return start(argv[2] + sizeof(START) - 1);
	argv[0] = "sh";
	execv("/bin/sh", argv);
	perror("/bin/sh");
	return 127;
}
