// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=1 */
/*
 * Waits for a child that never runs another program: in such a wait only a
 * kill is heard.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	if (vfork() == 0)
		for (;;)
			pause();
	return 0;
}
