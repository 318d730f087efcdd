// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=1 */
/* Gives up its rights and then hangs: who ends it must have them. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	if (setgid(65534) || setuid(65534))
		return 1;
	for (;;)
		pause();
}
