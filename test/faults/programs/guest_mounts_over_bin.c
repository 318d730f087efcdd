// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lays an empty directory over the shell: nothing can be asked of the guest
 * any more.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("mount -t tmpfs none /bin") != 0;
}
