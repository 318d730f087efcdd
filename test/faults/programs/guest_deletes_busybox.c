// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deletes busybox, and with it the shell: nothing can be asked of the guest
 * any more.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return unlink("/bin/busybox") != 0;
}
