// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the serial line away from the log: what the kernel says from here on
 * is not seen.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return tell("/sys/class/tty/ttyS0/console", "N");
}
