// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=30 */
/* Takes all memory there is and uses it: the kernel has to kill somebody. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	for (;;)
		memset(malloc(1 << 20), 1, 1 << 20);
}
