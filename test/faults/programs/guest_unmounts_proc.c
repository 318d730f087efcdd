// SPDX-License-Identifier: GPL-2.0-only
/* Takes /proc away: whether the kernel is tainted cannot be read any more. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("umount -l /proc") != 0;
}
