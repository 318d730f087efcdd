// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets the machine through its keyboard controller, where a kernel lets a
 * program do so.
 */
#include <sys/io.h>
#include "../fault.h"

int main(void)
{
	if (iopl(3))
		return skip("this kernel has no iopl");
	all_is_well();
	outb(0xfe, 0x64);
	pause();
	return 0;
}
