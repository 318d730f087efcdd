// SPDX-License-Identifier: GPL-2.0-only
/* Takes /sys away, where the next program may look for something. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("umount -l /sys") != 0;
}
