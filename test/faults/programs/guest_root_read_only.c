// SPDX-License-Identifier: GPL-2.0-only
/* Makes the root read-only: nothing can be put there any more. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("mount -o remount,ro /") != 0;
}
