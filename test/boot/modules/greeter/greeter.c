// SPDX-License-Identifier: GPL-2.0-only
/* A module with a parameter, and a symbol for another one. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int count = 1;
module_param(count, int, 0444);
MODULE_PARM_DESC(count, "How often it greets");

int greetings(void);
int greetings(void)
{
	return count;
}
EXPORT_SYMBOL_GPL(greetings);

static int __init greeter_init(void)
{
	pr_info("%d greetings\n", count);
	return 0;
}

static void __exit greeter_exit(void)
{
}

module_init(greeter_init);
module_exit(greeter_exit);
MODULE_DESCRIPTION("Greets");
MODULE_LICENSE("GPL");
