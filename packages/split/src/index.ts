/** Pure: which picture goes to which split. */
