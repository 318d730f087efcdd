// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of every guest: mounts what programs expect, loads what the
 * guest needs of modules, brings the network up, runs dropbear and reaps orphans. When
 * dropbear ends, and where nobody would hear of it, the machine is switched off.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "say.h"
#include "mounts.h"
#include "user-root.h"

/* Modules of a kernel that has no driver built in, one after the other by name. */
static void load_modules(void)
{
	struct dirent **names;
	int count = scandir("/modules", &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char path[300];
		int fd;

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) &&
			       errno != EEXIST))
			say(path);
		close(fd);
	}
}

/* Without a console the kernel opens nothing, and another file would be stdin. */
static void open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

/* Whether anything that is said on a console comes out of the machine. */
static int has_console(void)
{
	char text[64];
	int fd = open("/sys/class/tty/console/active", O_RDONLY | O_CLOEXEC);
	int length = fd < 0 ? -1 : read(fd, text, sizeof(text));

	close(fd);
	/* Where /sys does not tell, nobody knows. */
	return length != 0;
}

static int set_up(int sock, const char *name, const char *address,
		  const char *mask)
{
	struct ifreq request = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	if (ioctl(sock, SIOCSIFADDR, &request))
		return -1;
	inet_pton(AF_INET, mask, &in->sin_addr);
	if (ioctl(sock, SIOCSIFNETMASK, &request))
		say(name);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(sock, SIOCSIFFLAGS, &request))
		say(name);
	return 0;
}

/* The address that QEMU's user network forwards to when none is named. */
static void network_up(void)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock < 0) {
		say("no network: no socket");
		return;
	}
	if (set_up(sock, "lo", "127.0.0.1", "255.0.0.0"))
		say("lo");
	if (set_up(sock, "eth0", "10.0.2.15", "255.255.255.0"))
		say("no network: eth0");
	close(sock);
}

static pid_t start_dropbear(void)
{
	/*
	 * A name that leads to no file: by one that does, dropbear executes itself
	 * anew for each connection, which an emulated processor takes a tenth of a
	 * second for.
	 */
	char *argv[] = { "dropbear", "-F", "-E", "-s", "-m", "-j", "-k",
			 "-r", "/etc/dropbear/host_key", "-p", "22",
			 /* The default of 24 KiB makes an upload wait. */
			 "-W", "4194304", NULL };
	char *envp[] = { "PATH=/bin:/sbin", "HOME=/root", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		/* Its words go to the kernel's log, a record each. */
		int log = open("/dev/kmsg", O_WRONLY);
		int nothing = open("/dev/null", O_RDONLY);

		setsid();
		dup2(nothing, STDIN_FILENO);
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		execve("/sbin/dropbear", argv, envp);
		say(argv[0]);
		_exit(127);
	}
	return pid;
}

int main(void)
{
	pid_t dropbear, gone;

	open_standard();
	mount_all();
	/* Once more, for the harness: a program may mount over its own. */
	mount_on("/kbt", "proc", NULL, 1);
	load_modules();
	network_up();
	if (has_console() && !enter_user_root()) {
		sethostname("kbt", 3);
		dropbear = start_dropbear();
		do {
			gone = wait(NULL);
		} while (gone != dropbear && (gone > 0 || errno == EINTR));
	}
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
