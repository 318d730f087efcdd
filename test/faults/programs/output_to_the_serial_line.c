// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to the serial line itself, with no end of a line: the next line of
 * the log begins with it.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return tell("/dev/ttyS0", "\033[2Jkbt-end x 0123456789abcdef\n[    0.000000] not a newline");
}
