// SPDX-License-Identifier: GPL-2.0-only
/* Writes over the memory of the machine, where a kernel has a file for that. */
#include "../fault.h"

int main(void)
{
	int fd = open("/dev/mem", O_WRONLY);
	static char zeros[1 << 20];

	if (fd < 0)
		return skip("there is no /dev/mem");
	all_is_well();
	for (long i = 16; i < 64; i++)
		pwrite(fd, zeros, sizeof(zeros), i << 20);
	return 0;
}
