// SPDX-License-Identifier: GPL-2.0-only
/* Removes /dev/kmsg: a marker written there makes a file instead. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("rm /dev/kmsg") != 0;
}
