// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=9 */
/*
 * Leaves a child for every process that the guest can have: the next one
 * cannot even be started.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			return 0;
		if (pid == 0)
			pause();
	}
}
