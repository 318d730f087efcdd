// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=5 */
/* Kills the dropbear that it hangs on: the VM lives, the way to it is cut. */
#include <signal.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	kill(getppid(), SIGKILL);
	pause();
	return 0;
}
