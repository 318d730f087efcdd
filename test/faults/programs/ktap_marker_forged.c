// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes what looks like the end of its part of the log, and has the kernel
 * warn after it: a reader that stops there sees nothing.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	tell("/dev/kmsg", "<7>kbt-end ktap_marker_forged 0123456789abcdef\n");
	fault("warn");
	return 0;
}
