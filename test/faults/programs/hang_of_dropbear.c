// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=5 */
/*
 * Stops dropbear, and ends: the guest lives and answers no more, which is no
 * lost VM.
 */
#include <signal.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	return kill(getppid(), SIGSTOP);
}
