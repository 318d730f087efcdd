// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of a guest that is measured: runs the probes one after the
 * other, tells all on a port of its own, and ends the machine.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define HOME "/probes"

static int open_port(void)
{
	int port = open("/dev/told", O_RDWR | O_NOCTTY);

	if (port < 0)
		return -1;
	dup2(port, STDIN_FILENO);
	dup2(port, STDOUT_FILENO);
	dup2(port, STDERR_FILENO);
	close(port);
	return 0;
}

static void tell_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char name[64];
	unsigned long value;

	while (file && fscanf(file, "%63[^:]: %lu%*[^\n]\n", name, &value) == 2)
		if (!strcmp(name, "MemTotal") || !strcmp(name, "MemFree") ||
		    !strcmp(name, "Slab"))
			printf("memory %s %lu\n", name, value);
	if (file)
		fclose(file);
}

static void run(const char *name)
{
	char path[512];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), HOME "/%s", name);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl(path, name, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		printf("died %s %d\n", name, pid < 0 ? -1 : status);
}

int main(void)
{
	struct dirent **names;
	int count;

	if (open_port()) {
		reboot(RB_AUTOBOOT);
		return 1;
	}
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	tell_memory();
	count = scandir(HOME, &names, NULL, alphasort);
	for (int i = 0; i < count; i++)
		if (names[i]->d_name[0] != '.')
			run(names[i]->d_name);
	printf("end\n");
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_AUTOBOOT);
	return 1;
}
