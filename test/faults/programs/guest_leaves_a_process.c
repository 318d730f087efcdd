// SPDX-License-Identifier: GPL-2.0-only
/* Leaves a process that has nothing to do with it any more. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	if (!leave_a_process())
		pause();
	return 0;
}
