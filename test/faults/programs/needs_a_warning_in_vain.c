// SPDX-License-Identifier: GPL-2.0-only
/* kbt: report=warning */
/* Says that it provokes a warning, and does not: what it tests is gone. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return 0;
}
