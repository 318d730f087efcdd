// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=1 */
/* Stops itself: it neither runs nor ends. */
#include <signal.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	return raise(SIGSTOP);
}
