// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=1 */
/* Ignores all signals that can be ignored: a polite end never comes. */
#include <signal.h>
#include "../fault.h"

int main(void)
{
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	all_is_well();
	for (;;)
		pause();
}
