// SPDX-License-Identifier: GPL-2.0-only
/* Sends init every signal that there is: none of them may end it. */
#include <signal.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	for (int number = 1; number < NSIG; number++)
		kill(1, number);
	return 0;
}
