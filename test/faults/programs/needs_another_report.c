// SPDX-License-Identifier: GPL-2.0-only
/* kbt: report=warning */
/* Says that it provokes a warning, and provokes worse as well. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	fault("warn");
	fault("bug");
	return 0;
}
