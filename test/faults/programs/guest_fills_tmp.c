// SPDX-License-Identifier: GPL-2.0-only
/* Fills /tmp after a good report: whoever runs next has no room. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	int fd = open("/tmp/full", O_CREAT | O_WRONLY, 0600);
	static char zeros[1 << 20];

	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	return 0;
}
