// SPDX-License-Identifier: GPL-2.0-only
/* Leaves 100 MB in /dev/shm, where nobody looks. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	int fd = open("/dev/shm/used", O_CREAT | O_WRONLY, 0600);

	return posix_fallocate(fd, 0, 100 << 20) != 0;
}
