// SPDX-License-Identifier: GPL-2.0-only
/* Takes /tmp away: what is below it is the root. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("umount -l /tmp") != 0;
}
