// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=2 */
/*
 * Holds dropbear like a debugger: nothing is heard until it is killed
 * itself.
 */
#include <sys/ptrace.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
	ptrace(PTRACE_INTERRUPT, getppid(), NULL, NULL);
	for (;;)
		pause();
}
