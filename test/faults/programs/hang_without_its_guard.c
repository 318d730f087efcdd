// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=1 */
/*
 * Kills the process that was to end it at its deadline: the guest answers
 * all the same.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	system("killall -9 timeout");
	for (;;)
		pause();
}
