// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lays an empty directory over all programs: the next one would seem to be
 * missing.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("mount -t tmpfs none /tests") != 0;
}
