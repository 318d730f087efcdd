/* SPDX-License-Identifier: GPL-2.0-only */
/* What init has to say, in the kernel's log; the harness knows some of these lines. */
#ifndef KBT_SAY_H
#define KBT_SAY_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say(const char *what)
{
	char text[200];
	int length = snprintf(text, sizeof(text), "init: %s: %s\n", what,
			      strerror(errno));
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* Not dprintf: it asks where in the file it is, which fails here. */
	if (write(fd, text, length) < 0)
		perror(what);
	close(fd);
}

#endif
