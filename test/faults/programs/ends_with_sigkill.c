// SPDX-License-Identifier: GPL-2.0-only
/* Dies by the signal that the deadline uses, long before it. */
#include <signal.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	return raise(SIGKILL);
}
