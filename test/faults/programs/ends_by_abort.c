// SPDX-License-Identifier: GPL-2.0-only
/* Aborts after a good report, as an assertion in an exit handler does. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	abort();
}
